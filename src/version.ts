/** The version of this package, as sent to programs that receive our messages. A test compares it with package.json. */
export const VERSION = '0.1.0';
