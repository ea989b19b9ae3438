/** Every external value passes through here before it is shown in a text: a status, an error, a mail, a terminal. */

/** Values for the placeholders of a text: `__table__` is replaced by `values.table`. */
export type TextValues = Readonly<Record<string, string | number>>;

/** Longer values are cut. Serial numbers and system messages are shorter. */
const MAX_VALUE_LENGTH = 400;
const MAX_TEXT_LENGTH = 2_000;
const CUT = '…';

const PLACEHOLDER = /__([A-Za-z]\w*?)__/g;
const LINE_BREAK = /\r\n|[\t-\r\u0085\u2028\u2029]/g;
/**
 * Control characters, invisible characters that change the direction of text (U+202E), and lone surrogates. A terminal
 * executes sequences that begin with ESC or U+009B.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const REPLACEMENT = '\ufffd';

/**
 * An external text in a form that is safe to show: on one line, with `�` in place of control characters.
 * @param maxLength longest result, in UTF-16 units; a text that is cut ends with `…`
 */
export function printable(text: string, maxLength = MAX_VALUE_LENGTH): string {
  // No replacement makes the text longer, so characters beyond the limit need not be processed.
  const head = text
    .slice(0, maxLength + 1)
    .replace(LINE_BREAK, ' ')
    .replace(UNPRINTABLE, REPLACEMENT);
  return text.length > maxLength ? cut(head, maxLength) : head;
}

/** As `printable`, for a text of several lines. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, Infinity))
    .join('\n');
}

/**
 * Replaces the placeholders of a catalogue text by values, each made printable. The text is scanned once, so that a
 * placeholder within a value is not replaced.
 * @param values placeholders without a value are removed
 */
export function fillText(template: string, values: TextValues): string {
  const filled = template.replace(PLACEHOLDER, (_, name: string) =>
    Object.hasOwn(values, name) ? printable(String(values[name])) : '',
  );
  return filled.length > MAX_TEXT_LENGTH ? cut(filled, MAX_TEXT_LENGTH) : filled;
}

/** Indented JSON that is safe to print on a terminal: control characters are escaped. */
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

/** Cuts a text, but not within a surrogate pair. */
function cut(text: string, maxLength: number): string {
  const end = /[\ud800-\udbff]$/.test(text.slice(0, maxLength - 1)) ? maxLength - 2 : maxLength - 1;
  return text.slice(0, end) + CUT;
}
