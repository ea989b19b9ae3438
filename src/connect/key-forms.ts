/** The forms in which a table, a text or a line may hold a key. Pure. */

/** A form of a key, and how many of its bytes hold as much of the key as a number of bytes of the key itself. */
export interface KeyForm {
  readonly bytes: Uint8Array;
  /** Bytes of the form for each byte of the key. */
  readonly bytesPerKeyByte: number;
}

/** Between pairs of hex digits. */
const HEX_SEPARATORS = ['', ' ', ':', '-', '.', ',', ', '];
/** Groups of more digits, as keys are printed. */
const HEX_GROUPS = [4, 8];
const GROUP_SEPARATORS = [' ', '-'];
const DECIMAL_SEPARATORS = [',', ', ', ' ', '-', '.', ';'];
const BASE64_BYTES = 3;

/**
 * A key as bytes in each order, as hex digits, decimal numbers and Base64, with 8 and 16 bits a character, forwards and
 * backwards. Letters are small: upper and lower case are the same form.
 */
export function formsOfKey(key: Uint8Array): KeyForm[] {
  if (key.length === 0) return [];
  const reversed = backwards(key);
  const binary = [key, pairsSwapped(key), key.map(nibblesSwapped)];
  const digits = [hexDigits(key), hexDigits(reversed)].map(ascii);
  const compact = [...binary, ...digits, ...[key, ...digits].map(widened)];
  const written = [key, reversed].flatMap((order) => [
    ...hexTexts(order),
    ...decimalTexts(order),
    ...base64Texts(order),
  ]);
  const forms = new Map<string, Uint8Array>();
  for (const bytes of [...compact, ...compact.map(backwards), ...packedDigits(key), ...written.map(ascii)]) {
    const folded = inSmallLetters(bytes);
    forms.set(folded.join(), folded);
  }
  return Array.from(forms.values(), (bytes) => ({ bytes, bytesPerKeyByte: bytes.length / key.length }));
}

/** Bytes with the letters among them made small. */
export function inSmallLetters(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
}

function hexTexts(key: Uint8Array): string[] {
  const pairs = hexDigits(key).match(/../g) ?? [];
  const grouped = HEX_GROUPS.flatMap((size) => {
    const groups = pairs.join('').match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
    return GROUP_SEPARATORS.map((separator) => groups.join(separator));
  });
  const prefixed = [',', ', ', ' '].map((separator) => pairs.map((pair) => `0x${pair}`).join(separator));
  return [...HEX_SEPARATORS.map((separator) => pairs.join(separator)), ...grouped, ...prefixed];
}

function decimalTexts(key: Uint8Array): string[] {
  const numbers = Array.from(key, String);
  const padded = numbers.map((number) => number.padStart(3, '0'));
  return [...DECIMAL_SEPARATORS.map((separator) => numbers.join(separator)), padded.join(''), padded.join(' ')];
}

/** Base64 of the key behind 0 to 2 other bytes: only the characters that depend on the key alone. */
function base64Texts(key: Uint8Array): string[] {
  const texts = Array.from({ length: BASE64_BYTES }, (_, before) => {
    const text = Buffer.concat([Buffer.alloc(before), key])
      .toString('base64')
      .replaceAll('=', '');
    const isCut = (before + key.length) % BASE64_BYTES !== 0;
    return text.slice(before === 0 ? 0 : before + 1, isCut ? -1 : undefined);
  });
  return [...texts, ...texts.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** The bytes that the digits of a key give, if all its characters are hex digits: such a key may be stored in this form. */
function packedDigits(key: Uint8Array): Uint8Array[] {
  const text = String.fromCharCode(...key);
  if (key.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(text)) return [];
  const packed = Uint8Array.from(Buffer.from(text, 'hex'));
  return [packed, backwards(packed), packed.map(nibblesSwapped), backwards(packed.map(nibblesSwapped))];
}

const hexDigits = (key: Uint8Array): string => Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('');
const backwards = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes).reverse();
const nibblesSwapped = (byte: number): number => ((byte & 0x0f) << 4) | (byte >> 4);
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);

/** Words of 16 bits in the other byte order. */
function pairsSwapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => bytes[at ^ 1] ?? byte);
}

/** 16 bits a character: a 0 on both sides covers both byte orders. */
function widened(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0, ...Array.from(bytes).flatMap((byte) => [byte, 0])]);
}
