/** The one way in which a value from outside gets into a text that people read: a status, an error, a mail, a terminal. */

/** Values for the placeholders of a text: `__table__` is replaced by `values.table`. */
export type TextValues = Readonly<Record<string, string | number>>;

/** A longer value is cut: a serial number or a message of the system is shorter, a flood is not worth reading. */
const MAX_VALUE_LENGTH = 400;
const MAX_TEXT_LENGTH = 2_000;
const CUT = '…';

const PLACEHOLDER = /__([A-Za-z]\w*?)__/g;
const LINE_BREAK = /\r\n|[\t-\r\u0085\u2028\u2029]/g;
/**
 * Control characters, invisible ones that change the direction or the order of what is read (U+202E), and halves of
 * characters. A terminal runs sequences that begin with ESC or U+009B.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const REPLACEMENT = '\ufffd';

/**
 * A text from outside as it may be shown: on one line, without control characters, which leave `�` in their place.
 * @param maxLength of the result, in UTF-16 units; a text that is cut ends with `…`
 */
export function printable(text: string, maxLength = MAX_VALUE_LENGTH): string {
  // Nothing becomes longer: what lies beyond the limit never matters, however much it is.
  const head = text
    .slice(0, maxLength + 1)
    .replace(LINE_BREAK, ' ')
    .replace(UNPRINTABLE, REPLACEMENT);
  return text.length > maxLength ? cut(head, maxLength) : head;
}

/** As `printable`, for a text of several lines: they stay lines. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, Infinity))
    .join('\n');
}

/**
 * A text of a catalogue with its values put in, each made printable. The text is looked through once: what a value
 * contains is never taken for a placeholder, a name of a text or anything else.
 * @param values what is missing among them leaves nothing
 */
export function fillText(template: string, values: TextValues): string {
  const filled = template.replace(PLACEHOLDER, (_, name: string) =>
    Object.hasOwn(values, name) ? printable(String(values[name])) : '',
  );
  return filled.length > MAX_TEXT_LENGTH ? cut(filled, MAX_TEXT_LENGTH) : filled;
}

/** Indented JSON that a terminal shows as it is: what it would take for a control character is escaped. */
export function printableJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE, (character) =>
    character === '\n' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Not within a character of two units. */
function cut(text: string, maxLength: number): string {
  const end = /[\ud800-\udbff]$/.test(text.slice(0, maxLength - 1)) ? maxLength - 2 : maxLength - 1;
  return text.slice(0, end) + CUT;
}
