/** Parses the JSON of small readers, which may have unescaped texts, invalid numbers, or a missing end. */
import { badPayload, type Fields, isFields } from '../message.js';

/** Longest message that is parsed; the longest that a reader publishes has 3 kB. */
const MAX_CHARACTERS = 65_536;
const MAX_DEPTH = 8;
const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ['/', '/'],
  ['\\', '\\'],
]);

/**
 * The text of a payload without a byte order mark. Bytes are decoded as UTF-8, or as Latin-1 where they are not UTF-8.
 */
export function textIn(payload: string | Uint8Array): string {
  if (typeof payload === 'string') return payload.replace(/^\uFEFF/, '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    return new TextDecoder('latin1').decode(payload);
  }
}

/**
 * The object in a payload. A fault affects only the value that contains it: a control character in a text, `nan`, an
 * extra comma, a missing end. A number that may be cut off is dropped.
 * @param payload an object, or JSON as text or bytes
 * @throws UsageError `bad-payload`: the payload is no object
 */
export function objectIn(payload: unknown): Fields {
  const value = typeof payload === 'string' || payload instanceof Uint8Array ? parsed(textIn(payload)) : payload;
  if (!isFields(value)) throw badPayload('msg.payload is no JSON object');
  return value;
}

function parsed(text: string): unknown {
  if (text.length > MAX_CHARACTERS) throw badPayload('msg.payload is too long for a message of a reader');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const start = text.search(/\S/);
    if (text.charAt(start) !== '{') throw badPayload('msg.payload is no JSON');
    return new LenientParser(text, start).object(0);
  }
}

/** A parser that skips faults at which `JSON.parse` fails. */
class LenientParser {
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  /** The position is at `{`. */
  object(depth: number): Fields {
    if (depth > MAX_DEPTH) throw badPayload('msg.payload is nested too deep for a message of a reader');
    const fields = new Map<string, unknown>();
    let last: string | undefined;
    this.#at++;
    for (;;) {
      const char = this.#skip(/[\s,]/);
      if (char === '' || char === '}') break;
      if (char !== '"') {
        // An item without a name belongs to the value before it, which is dropped: 231,4 is neither 231 nor 4.
        if (last !== undefined) fields.delete(last);
        last = undefined;
        this.#skip(/[^",}]/);
        continue;
      }
      const name = this.#string();
      if (this.#skip(/\s/) !== ':') continue;
      this.#at++;
      const value = this.#value(depth);
      if (value !== undefined) fields.set(name, value);
      last = name;
    }
    this.#at++;
    return Object.fromEntries(fields);
  }

  #array(depth: number): unknown[] {
    if (depth > MAX_DEPTH) throw badPayload('msg.payload is nested too deep for a message of a reader');
    const items: unknown[] = [];
    this.#at++;
    for (;;) {
      const char = this.#skip(/[\s,]/);
      if (char === '' || char === ']' || char === '}') break;
      const from = this.#at;
      items.push(this.#value(depth));
      if (this.#at === from) this.#at++;
    }
    this.#at++;
    return items;
  }

  #value(depth: number): unknown {
    const char = this.#skip(/\s/);
    if (char === '{') return this.object(depth + 1);
    if (char === '[') return this.#array(depth + 1);
    if (char === '"') return this.#string();
    const from = this.#at;
    const end = this.#skip(/[^,}\]\s"]/);
    const word = this.#text.slice(from, this.#at);
    if (end === '') return undefined;
    return NUMBER.test(word) ? Number(word) : (WORDS.get(word.toLowerCase()) ?? null);
  }

  /**
   * The position is at the opening quote. A quote ends the text only where the syntax allows it; others are part of it.
   */
  #string(): string {
    let text = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at);
      if (char === '\\') text += this.#escaped();
      else if (char !== '"') text += char;
      else if (/^\s*(?:[,:}\]]|$)/.test(this.#text.slice(this.#at + 1, this.#at + 9))) {
        this.#at++;
        return text;
      } else text += char;
    }
    return text;
  }

  #escaped(): string {
    const next = this.#text.charAt(this.#at + 1);
    const code = /^u[0-9a-fA-F]{4}/.exec(this.#text.slice(this.#at + 1, this.#at + 6));
    const escape = ESCAPES.get(next);
    if (code === null && escape === undefined) return '\\';
    this.#at += code === null ? 1 : 5;
    return code === null ? (escape ?? '') : String.fromCharCode(parseInt(code[0].slice(1), 16));
  }

  /** Skips characters that match; returns the first other one, empty at the end. */
  #skip(while_: RegExp): string {
    while (this.#at < this.#text.length && while_.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }
}
