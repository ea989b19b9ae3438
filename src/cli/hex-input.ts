/** Finds bytes in pasted text: dumps of common tools are read, other text is refused with place and reason. */
import { concatBytes } from '../internal.js';
import { isPlace, readAddressed } from './dump/addressed.js';
import { readHexLines } from './dump/hex-lines.js';
import { readLists } from './dump/lists.js';
import { readBareEscapes, readLiterals } from './dump/literals.js';
import { Pasted } from './dump/place.js';
import { readSocat } from './dump/socat.js';

/** A word of a command line that is one byte. */
const PAIR_WORD = /^(?:00x|0x|\\x)?[0-9a-f]{2}h?[,;]?$/i;
const HEX_WORDS = /^\s*(?:[0-9a-f]{2})+(?:\s+(?:[0-9a-f]{2})+)*\s*$/i;
const BASE64 = /^(?=.*[g-wyz])(?=.*[A-Z])(?=.*[0-9+/=])[A-Za-z0-9+/]+={0,2}$/s;
const MIN_BASE64 = 16;

/**
 * The runs of bytes in a text, in order.
 * @throws CommandError naming line, column and reason where the bytes are ambiguous
 */
export function bytesInText(text: string): Uint8Array[] {
  return understood(text).pieces.map(({ bytes }) => bytes);
}

/**
 * The runs of bytes in the words of a command line: pairs that the shell split belong together, quoted words are
 * runs of their own.
 * @throws CommandError as `bytesInText`
 */
export function bytesInWords(words: readonly string[]): Uint8Array[] {
  return words.some((word) => PAIR_WORD.test(word)) ? bytesInText(words.join(' ')) : words.flatMap(bytesInText);
}

/**
 * The bytes of a text with bytes of one table and nothing else, joined; empty if there are none.
 * @param offset of the first byte in the table, for a dump whose addresses do not begin with 0
 * @throws CommandError as `bytesInText`, and for a dump with a gap
 */
export function tableBytesIn(text: string, offset = 0): Uint8Array {
  if (HEX_WORDS.test(text) && isEven(text.trim())) return pairsOf(text);
  const pasted = understood(text);
  let end: number | undefined;
  const hasDump = pasted.pieces.some(({ address }) => address !== undefined);
  for (const { index, bytes, address } of pasted.pieces) {
    if (hasDump && address === undefined)
      throw pasted.refusal(index, 'bytes that are not part of the dump beside them');
    if (address !== undefined && isPlace(address)) {
      if (end === undefined && address !== 0 && address !== offset) {
        throw pasted.refusal(index, `the bytes begin at ${address}, not ${offset}: say --offset ${address}`);
      }
      if (end !== undefined && end !== address) {
        throw pasted.refusal(index, address === 0 ? 'a second dump begins' : `bytes are missing before ${address}`);
      }
      end = address + bytes.length;
    }
  }
  return concatBytes(...pasted.pieces.map(({ bytes }) => bytes));
}

/** True for one line of groups with the same number of digits; the last may have fewer. */
function isEven(text: string): boolean {
  const groups = text.split(' ');
  const [first = ''] = groups;
  return (
    !text.includes('\n') &&
    groups.every(({ length }, i) => length === first.length || (i === groups.length - 1 && length < first.length))
  );
}

function understood(text: string): Pasted {
  const pasted = new Pasted(text.replace(/\r/g, ' ').replace(/\x1b\[[0-9;]*m/g, (code) => ' '.repeat(code.length)));
  readAddressed(pasted);
  readSocat(pasted);
  readLiterals(pasted);
  readBareEscapes(pasted);
  readLists(pasted);
  const rest = pasted.left.trim();
  const packed = rest.replace(/\s/g, '');
  if (pasted.pieces.length === 0 && isBase64(rest, packed)) {
    pasted.add({ index: 0, bytes: Uint8Array.from(Buffer.from(packed, 'base64')) });
    return pasted;
  }
  readHexLines(pasted);
  return pasted;
}

/** True for lines of base64 alone, with characters that neither hex nor a word has. */
function isBase64(rest: string, packed: string): boolean {
  const lines = rest.split(/\s+/);
  const areEven = lines.slice(0, -1).every((line) => line.length === lines[0]?.length && line.length >= 60);
  return areEven && packed.length >= MIN_BASE64 && packed.length % 4 === 0 && BASE64.test(packed);
}

function pairsOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
}
