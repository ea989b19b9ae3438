/** Replacements for what identifies a meter or its owner: the same everywhere, in each form in which it may appear. Pure. */

/** Bytes to find, and the same number of bytes to replace them with. */
export interface Replacement {
  readonly wanted: Uint8Array;
  readonly by: Uint8Array;
}

/** Shorter texts and numbers occur by chance. */
const MIN_TEXT_LENGTH = 4;
const MIN_NUMBER_LENGTH = 6;
const MAX_UINT32 = 0xffff_ffff;
const PRINTABLE = /^[\x20-\x7e]+$/;
const FILLERS = /[\0\xff ]+$/;

/** Gives each identity a replacement, in the order in which they are found. */
export class Pseudonyms {
  readonly #texts = new Map<string, string>();
  readonly #binary = new Map<string, Replacement>();
  /** Replacements of digits and texts in the words of events. */
  readonly #words = new Map<string, string>();

  /** A serial number, an address or another text that identifies. */
  addText(text: string): void {
    const trimmed = text.trim();
    if (trimmed.length < MIN_TEXT_LENGTH || this.#texts.has(trimmed)) return;
    const number = this.#texts.size + 1;
    const by = substitute(trimmed, number);
    this.#texts.set(trimmed, by);
    this.#addForms(trimmed, by);
    const digits = trimmed.match(/\d+/g) ?? [];
    for (const run of digits) this.#addNumber(run, String(number).padStart(run.length, '0').slice(-run.length));
  }

  /** Bytes of a field that identifies: text where they are readable, packed digits, or anything else. */
  addField(bytes: Uint8Array): void {
    const text = textOf(bytes);
    if (text !== undefined) {
      this.addText(text);
      return;
    }
    if (bytes.length < MIN_TEXT_LENGTH || bytes.every((byte) => byte === bytes[0])) return;
    const packed = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
    for (const digits of [packed.join(''), [...packed].reverse().join('')]) {
      const number = digits.replace(/^0+/, '');
      if (/^\d+$/.test(number) && number.length >= MIN_NUMBER_LENGTH) this.addText(number);
    }
    const by = new Uint8Array(bytes.length);
    by[by.length - 1] = (this.#binary.size % 255) + 1;
    this.#add(bytes, by);
  }

  /** What to look for, the longest first. */
  get replacements(): Replacement[] {
    return [...this.#binary.values()].sort((one, other) => other.wanted.length - one.wanted.length);
  }

  /** A text of words, with every identity replaced. */
  inWords(text: string): string {
    let result = text;
    const byLength = [...this.#words].sort(([one], [other]) => other.length - one.length);
    for (const [wanted, by] of byLength) result = result.split(wanted).join(by);
    return result;
  }

  /** Adds a text forwards and backwards, with 8 and with 16 bits a character. */
  #addForms(text: string, by: string): void {
    this.#words.set(text, by);
    const [wanted, instead] = [ascii(text), ascii(by)];
    this.#addBothWays(wanted, instead);
    this.#addBothWays(widened(wanted), widened(instead));
  }

  #addNumber(digits: string, by: string): void {
    if (digits.length < MIN_NUMBER_LENGTH) return;
    this.#addForms(digits, by);
    const short = digits.replace(/^0+/, '');
    if (short.length >= MIN_NUMBER_LENGTH && short !== digits) this.#addForms(short, by.slice(-short.length));
    for (const run of new Set([digits, short])) {
      if (run.length < MIN_NUMBER_LENGTH) continue;
      const instead = by.slice(-run.length);
      // Of an odd number of digits, the free one may be at either end.
      for (const [left, right] of run.length % 2 === 0
        ? [['', '']]
        : [
            ['0', ''],
            ['', '0'],
          ]) {
        const [wanted, packed] = [pack(`${left}${run}${right}`), pack(`${left}${instead}${right}`)];
        this.#addBothWays(wanted, packed);
        this.#addBothWays(wanted.map(swapNibbles), packed.map(swapNibbles));
      }
    }
    this.#addInteger(BigInt(digits), BigInt(by));
  }

  #addInteger(value: bigint, by: bigint): void {
    const bytes = value <= MAX_UINT32 ? 4 : 8;
    if (value >= 1n << 64n) return;
    this.#addBothWays(bigEndian(value, bytes), bigEndian(by, bytes));
  }

  #addBothWays(wanted: Uint8Array, by: Uint8Array): void {
    this.#add(wanted, by);
    this.#add(wanted.slice().reverse(), by.slice().reverse());
  }

  #add(wanted: Uint8Array, by: Uint8Array): void {
    const key = wanted.join();
    if (!this.#binary.has(key)) this.#binary.set(key, { wanted, by });
  }
}

/** Digits become the number of the identity, letters X; signs and length stay. */
function substitute(text: string, number: number): string {
  const replaced = text
    .replace(/[A-Za-z]/g, 'X')
    .replace(/\d+/g, (digits) => String(number).padStart(digits.length, '0').slice(-digits.length));
  return /\d/.test(text) ? replaced : replaced.slice(0, -1) + (number % 36).toString(36).toUpperCase();
}

/** The text of a field without its padding; undefined if it is not text. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes).replace(FILLERS, '');
  return PRINTABLE.test(text) ? text : undefined;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

function widened(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(Array.from(bytes).flatMap((byte) => [byte, 0]));
}

function pack(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const swapNibbles = (byte: number): number => ((byte & 0x0f) << 4) | (byte >> 4);

function bigEndian(value: bigint, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return new Uint8Array(view.buffer).slice(8 - bytes);
}
