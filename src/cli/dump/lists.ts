/** Bytes as lists of numbers: JSON, buffers as Node.js and Python print them, arrays of Java and C. */
import type { Pasted } from './place.js';

const LIST = /(?:\b(?:Uint8Array|Buffer|Int8Array)\((\d+)\)\s*)?\[([^[\]{}"'<>]*)\]/g;
const BUFFER = /<Buffer(?: ([^<>]*))?>/g;
const C_ARRAY = /\{([^{}"']*0[xX][^{}"']*)\}/g;
/** What `xxd -i` adds. */
const C_LENGTH = /\b\w+_len\s*=\s*(\d+)\s*;/;
const DECIMAL = /^-?\d{1,3}$/;
const HEX = /^0[xX][0-9a-fA-F]{1,2}$/;
const PAIR = /^[0-9a-fA-F]{2}$/;
const LEADING_ZERO = /^0\d/;
const SHORTENED = /\.\.\.|…/;
const MAX_BYTE = 0xff;
const MIN_SIGNED_BYTE = -0x80;

/** Decimal numbers as a serial port's log has them; pairs of two digits each are hex. */
const BARE_LIST = /(?<=^|[<>=\]]\s*|:\s+)\d{1,3}(?:, ?\d{1,3}){2,}(?=\s*$)/gm;

/** Takes lists of numbers out of a text. */
export function readLists(pasted: Pasted): void {
  for (const found of pasted.left.matchAll(BUFFER)) {
    const numbers = split(pasted, found[1] ?? '', found.index + found[0].length - 1 - (found[1] ?? '').length, /\s+/);
    const bytes = numbers.map(({ text, index }) => {
      if (PAIR.test(text)) return Number.parseInt(text, 16);
      throw pasted.refusal(index, `${text} is no byte of a buffer`);
    });
    take(pasted, found.index, found[0].length, bytes);
  }
  for (const found of pasted.left.matchAll(C_ARRAY)) readArray(pasted, found);
  for (const found of pasted.left.matchAll(LIST)) readList(pasted, found);
  for (const { 0: list, index } of pasted.left.matchAll(BARE_LIST)) {
    const numbers = split(pasted, list, index, /, ?/);
    const isDecimal =
      numbers.some(({ text }) => text.length !== 2) && !numbers.some(({ text }) => LEADING_ZERO.test(text));
    if (!isDecimal) continue;
    take(
      pasted,
      index,
      list.length,
      numbers.map(({ text, index: at }) => numberOf(pasted, text, at)),
    );
  }
}

function readArray(pasted: Pasted, found: RegExpExecArray): void {
  const inner = (found[1] ?? '').replace(/\/\/[^\n]*|\/\*.*?\*\//gs, (comment) => ' '.repeat(comment.length));
  const numbers = split(pasted, inner, found.index + 1, /[\s,]+/);
  const bytes = numbers.map(({ text, index }) => numberOf(pasted, text.replace(/^\(byte\)/, ''), index));
  const length = C_LENGTH.exec(pasted.left.slice(found.index + found[0].length));
  if (length && Number(length[1]) !== bytes.length) {
    throw pasted.refusal(found.index, `${bytes.length} bytes, followed by the length ${length[0]}`);
  }
  take(pasted, found.index, found[0].length, bytes);
  if (length) {
    const from = found.index + found[0].length + length.index;
    pasted.blank(from, from + length[0].length);
  }
}

function readList(pasted: Pasted, found: RegExpExecArray): void {
  const [whole, declared, inner = ''] = found;
  // A time, a label or the like in brackets.
  if (declared === undefined && !/^[\s\d,xXa-fA-F-]*(?:\.\.\.|…|$)/.test(inner)) return;
  const isList = inner.includes(',') || declared !== undefined || before(pasted, found.index).endsWith('"data":');
  if (!isList || !/\d/.test(inner)) return;
  const numbers = split(pasted, inner, found.index + whole.length - 1 - inner.length, /[\s,]+/);
  const isBuffer = /(?:"data"\s*:|bytes\(|bytearray\(|Uint8Array\(?|Buffer\.from\()\s*$/.test(
    before(pasted, found.index),
  );
  const isDecimal =
    isBuffer || declared !== undefined || numbers.some(({ text }) => DECIMAL.test(text) && text.length !== 2);
  const isHex = numbers.some(({ text }) => LEADING_ZERO.test(text) || (PAIR.test(text) && /[a-fA-F]/.test(text)));
  const hasPrefix = numbers.some(({ text }) => HEX.test(text));
  if (isHex && !isDecimal && numbers.every(({ text }) => PAIR.test(text))) return;
  if (!isDecimal && !hasPrefix && !numbers.some(({ text }) => text.startsWith('-'))) {
    if (!numbers.every(({ text }) => PAIR.test(text))) return;
    throw pasted.refusal(found.index, 'these numbers may be decimal or hex: write 0x before each if they are hex');
  }
  const bytes = numbers.map(({ text, index }) => {
    if (LEADING_ZERO.test(text) || (PAIR.test(text) && /[a-fA-F]/.test(text))) {
      throw pasted.refusal(index, `${text} among decimal numbers: is it hex?`);
    }
    return numberOf(pasted, text, index);
  });
  if (declared !== undefined && Number(declared) !== bytes.length) {
    throw pasted.refusal(found.index, `${bytes.length} numbers where ${declared} are announced`);
  }
  take(pasted, found.index, whole.length, bytes);
}

const before = (pasted: Pasted, index: number): string => pasted.left.slice(0, index);

function numberOf(pasted: Pasted, text: string, index: number): number {
  const value = HEX.test(text) || DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (value <= MAX_BYTE && value >= MIN_SIGNED_BYTE) return value & MAX_BYTE;
  throw pasted.refusal(index, `${text} is no byte`);
}

/** The entries of a list, with their places. */
function split(pasted: Pasted, inner: string, start: number, separator: RegExp): { text: string; index: number }[] {
  const cut = SHORTENED.exec(inner) ?? /\d+ more (?:bytes|items)/.exec(inner);
  if (cut) throw pasted.refusal(start + cut.index, 'the program that printed this left bytes out');
  const entries: { text: string; index: number }[] = [];
  let at = 0;
  for (const text of inner.split(separator)) {
    if (text === '') continue;
    at = inner.indexOf(text, at);
    entries.push({ text, index: start + at });
    at += text.length;
  }
  return entries;
}

function take(pasted: Pasted, index: number, length: number, bytes: readonly number[]): void {
  if (bytes.length > 0) pasted.add({ index, bytes: Uint8Array.from(bytes) });
  pasted.blank(index, index + length);
}
