/** The version of this package, as programs that receive our messages are told it. A test holds it to package.json. */
export const VERSION = '0.1.0';
