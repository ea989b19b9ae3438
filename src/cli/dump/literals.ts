/** Bytes as programming languages write them between quotes: Python's bytes, escapes of C, JavaScript and shells. */
import type { Pasted } from './place.js';

const OPENING = /(?<![\w\\])(?:([bB][rR]?|[rR][bB])|[uU])?(['"])/g;
/** One character of a literal: an escape, or itself. */
const ELEMENT = /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|u00([0-9a-fA-F]{2})|(\r?\n)|(.))|([^\\])/sy;
const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  e: 27,
  '"': 34,
  "'": 39,
  '?': 63,
  '\\': 92,
};
const LAST_ASCII = 0x7e;
const FIRST_ASCII = 0x20;
/** Quoted hex digits: bytes in hex, not characters. */
const HEX_DIGITS_ONLY = /^[0-9a-fA-F]{10,}$/;

/** Takes the literals out of a text. Quotes around plain hex or words are left alone. */
export function readLiterals(pasted: Pasted): void {
  const text = pasted.left;
  let from = 0;
  for (;;) {
    OPENING.lastIndex = from;
    const opening = OPENING.exec(text);
    if (!opening) return;
    const [whole, prefix, quote = ''] = opening;
    const start = opening.index + whole.length;
    const isBytes = prefix !== undefined;
    const end = endOf(text, start, quote);
    const inner = text.slice(start, end ?? text.length);
    if (!isBytes && !inner.split('\n', 1)[0]?.includes('\\')) {
      // An apostrophe, or a text without escapes: these quotes do not contain bytes.
      from = start;
      continue;
    }
    if (end === undefined) throw pasted.refusal(opening.index, `a text that begins with ${quote} has no end`);
    if (prefix !== undefined && /r/i.test(prefix) && inner.includes('\\')) {
      throw pasted.refusal(opening.index, 'a raw literal with backslashes: they are characters of their own there');
    }
    if (isBytes && HEX_DIGITS_ONLY.test(inner)) {
      throw pasted.refusal(
        opening.index,
        'bytes that are themselves hex digits: give the digits without quotes if those are meant',
      );
    }
    if (isBytes || hasByteEscape(inner)) {
      pasted.add({ index: opening.index, bytes: bytesOf(pasted, inner, start) });
      pasted.blank(opening.index, end + 1);
    }
    from = end + 1;
  }
}

const hasByteEscape = (inner: string): boolean => /\\(?:x[0-9a-fA-F]|[0-7]|u00)/.test(inner);

/** Where a literal ends; undefined when it does not. */
function endOf(text: string, start: number, quote: string): number | undefined {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
    else if (text[at] === '\n') return undefined;
  }
  return undefined;
}

function bytesOf(pasted: Pasted, inner: string, start: number): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < inner.length;) {
    ELEMENT.lastIndex = at;
    const found = ELEMENT.exec(inner);
    if (!found) throw pasted.refusal(start + at, 'an escape that is cut off');
    const [whole, hex, octal, unicode, lineEnd, simple, plain] = found;
    const value =
      hex !== undefined || unicode !== undefined
        ? Number.parseInt(hex ?? unicode ?? '', 16)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : simple !== undefined
            ? SIMPLE_ESCAPES[simple]
            : plain?.charCodeAt(0);
    at += whole.length;
    if (lineEnd !== undefined) continue;
    if (value === undefined) throw pasted.refusal(start + at - whole.length, `no byte is written ${whole}`);
    if (value > 0xff || (plain !== undefined && (value < FIRST_ASCII || value > LAST_ASCII))) {
      throw pasted.refusal(start + at - whole.length, 'a character that is not a single byte');
    }
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

/** `\x00\x14?\x00`: escapes without quotes, with plain characters between them. */
const BARE = /(?<!\S)\\x[0-9a-fA-F]{2}\S*/g;
const ONLY_ESCAPES = /^(?:\\x[0-9a-fA-F]{2})+$/;
const LISTED = /^\\x[0-9a-fA-F]{2}(?:[,;:.-]\\x[0-9a-fA-F]{2}){2,}$/;

/** Takes escapes without quotes out of a text, if plain characters are among them; others are hex with a prefix. */
export function readBareEscapes(pasted: Pasted): void {
  for (const { 0: found, index } of pasted.left.matchAll(BARE)) {
    if (ONLY_ESCAPES.test(found) || LISTED.test(found) || /^\\x[0-9a-fA-F]{2}[,;]?$/.test(found)) continue;
    const line = pasted.left.slice(0, index).split('\n').at(-1) ?? '';
    const after = pasted.left.slice(index + found.length).split('\n', 1)[0] ?? '';
    if (line.includes('\\') || after.includes('\\')) {
      throw pasted.refusal(index, 'escapes with blanks among them: put the text in quotes if blanks are bytes');
    }
    pasted.add({ index, bytes: bytesOf(pasted, found, index) });
    pasted.blank(index, index + found.length);
  }
}
