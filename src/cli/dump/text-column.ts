/** The part of a dump's line behind its address: bytes in hex, and what they are as text. */

/** One interpretation of a line: its first part as bytes, the rest as their text column. */
export interface Split {
  readonly bytes: Uint8Array;
}

const GROUP = /(?:[0-9a-fA-F]{2})+/y;
const BETWEEN = /(?: {1,3}(?:[|:-] {1,2})?|-)(?=[0-9a-fA-F]{2})/y;
const FRAMED = /^(?:\|(.*)\||>(.*)<|\*(.*)\*|; ?(.*)|'(.*)'|"(.*)")$/;
/** Characters that dumps print in place of unprintable bytes. */
const UNPRINTABLE_MARKS = '.·•?_\uFFFD ';
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/**
 * All interpretations of a line as bytes with or without a text column, the one with the most bytes first.
 * @param hasTwoDigits true for single bytes; dumps of words may have another byte order
 */
export function splitsOf(line: string): Split[] {
  const ends: { at: number; bytes: readonly number[] }[] = [];
  const bytes: number[] = [];
  let width: number | undefined;
  let wasShort = false;
  for (let at = 0; ;) {
    GROUP.lastIndex = at;
    const group = GROUP.exec(line);
    if (!group) break;
    // Groups are alike; only the last may be shorter.
    width ??= group[0].length;
    if (group[0].length > width || wasShort) break;
    wasShort = group[0].length < width;
    at += group[0].length;
    for (const pair of group[0].match(/../g) ?? []) bytes.push(Number.parseInt(pair, 16));
    if (at === line.length || /\s/.test(line[at] ?? '')) ends.push({ at, bytes: [...bytes] });
    BETWEEN.lastIndex = at;
    const between = BETWEEN.exec(line);
    if (!between) break;
    at += between[0].length;
  }
  return ends
    .reverse()
    .filter((end) => isText(line.slice(end.at), end.bytes))
    .map((end) => ({ bytes: Uint8Array.from(end.bytes) }));
}

/** True if `text` is empty or shows the bytes as characters. */
function isText(text: string, bytes: readonly number[]): boolean {
  const trimmed = text.trim();
  if (trimmed === '') return true;
  const frame = FRAMED.exec(trimmed);
  if (frame && isTextOf(frame.slice(1).join(''), bytes)) return true;
  const inHalves = trimmed.replace(/^(.{8}) /, '$1');
  return [trimmed, inHalves].some((plain) => isTextOf(plain, bytes));
}

/** Compares from the first to the last character that is not a blank: blanks at the ends get lost. */
function isTextOf(text: string, bytes: readonly number[]): boolean {
  const shown = Array.from(text.trim());
  const isBlank = (byte: number): boolean => byte === FIRST_PRINTABLE;
  const first = bytes.findIndex((byte) => !isBlank(byte));
  const starts = Array.from({ length: 1 + Math.max(0, first) }, (_, from) => from);
  return starts.some((from) => {
    const end = from + shown.length;
    return (
      end <= bytes.length &&
      bytes.slice(end).every(isBlank) &&
      shown.every((character, i) => fits(character, bytes[from + i] ?? 0))
    );
  });
}

function fits(character: string, byte: number): boolean {
  if (character.codePointAt(0) === byte) return true;
  if (byte > FIRST_PRINTABLE && byte <= LAST_PRINTABLE) return false;
  return UNPRINTABLE_MARKS.includes(character);
}
