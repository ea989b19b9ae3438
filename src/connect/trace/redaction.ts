/**
 * Redacts a trace: serial numbers and everything else that identifies a meter or its owner are replaced in every
 * form, also where they are split over lines. Pure.
 */
import { crc16 } from '../../optical/crc.js';
import { CRC_BYTES, HEADER_BYTES } from '../../optical/packet.js';
import { dataChecksum } from '../../optical/requests.js';
import { decodeTable, type Dimensions, findTable } from '../../tables/index.js';
import { isMeterError } from '../../errors.js';
import { identifyingIn, isImpersonal } from '../redact.js';
import { type ByteRef, Conversation, type FoundBytes, packetsIn, type TracedExchange } from './conversation.js';
import { eventBytes, formatTraceLine, parseTraceLine, traceHex, type TraceLine } from './line.js';
import { Pseudonyms, type Replacement } from './pseudonyms.js';

export interface Identities {
  /** Serial numbers and other texts to replace, besides those that are found in the tables of the trace. */
  readonly texts: readonly string[];
  /** The dimensions of the meter, as far as they are known. */
  readonly dimensions: Dimensions;
}

/** Tables that define the layout of others. */
const DIMENSION_TABLES: ReadonlySet<string> = new Set(['BT00', 'BT01', 'BT20', 'BT21', 'BT22', 'BT27', 'ET11']);
/** Code and count before the data of an answer; behind it, at the optical port, the checksum. */
const ANSWER_HEADER_BYTES = 3;

/** The lines of a trace without identities. Lines that do not belong to a trace are left out. */
export function redactTrace(lines: readonly string[], identities: Identities): string[] {
  const parsed = lines.flatMap((text) => parseTraceLine(text) ?? []);
  return new Redaction(parsed, identities).run();
}

class Redaction {
  readonly #lines: readonly TraceLine[];
  /** The bytes of each line: those of an event are those in its words. */
  readonly #contents: (Uint8Array | undefined)[];
  /** 1 for each byte of them that belongs to a replacement. */
  readonly #replaced: (Uint8Array | undefined)[];
  readonly #pseudonyms = new Pseudonyms();
  readonly #exchanges: TracedExchange[] = [];
  readonly #changed = new Set<number>();
  #dimensions: Dimensions;

  constructor(lines: readonly TraceLine[], { texts, dimensions }: Identities) {
    this.#lines = lines;
    this.#dimensions = dimensions;
    this.#contents = lines.map((line) =>
      line.direction === '-' ? eventBytes(line.word, line.rest)?.bytes.slice() : line.bytes.slice(),
    );
    this.#replaced = this.#contents.map((content) => content && new Uint8Array(content.length));
    for (const text of texts) this.#pseudonyms.addText(text);
    this.#follow();
  }

  run(): string[] {
    const { replacements } = this.#pseudonyms;
    // Whole answers first: packets of the optical port split them.
    for (const { answer } of this.#exchanges) if (answer) this.#replaceIn(answer.refs, replacements);
    for (const refs of this.#streams()) this.#replaceIn(refs, replacements);
    this.#lines.forEach((line, index) => {
      if (line.direction === '-') this.#replaceIn(this.#refsOf(index), replacements);
    });
    this.#blank();
    this.#sealPackets();
    return this.#lines.flatMap((line, index) => this.#written(line, index));
  }

  /** Collects what is to be replaced from the tables of the trace. */
  #follow(): void {
    const conversation = new Conversation();
    const note = (exchange: TracedExchange | undefined): void => {
      if (!exchange) return;
      this.#exchanges.push(exchange);
      const part = dataOf(exchange);
      if (!part || exchange.answer?.isMasked === true) return;
      const table = findTable(part.table);
      if (!table) return;
      const found = identifyingIn(table, part.data, part.offset, this.#dimensions);
      for (const { at, length } of found?.fields ?? []) {
        this.#pseudonyms.addField(part.data.subarray(at, at + length));
      }
      if (part.offset === 0 && DIMENSION_TABLES.has(table.name)) this.#keepDimension(table.name, part.data);
    };
    this.#lines.forEach((line, index) => {
      note(conversation.next(line, index));
    });
    note(conversation.end());
  }

  #keepDimension(name: string, data: Uint8Array): void {
    const table = findTable(name);
    if (!table) return;
    try {
      this.#dimensions = { ...this.#dimensions, [name]: decodeTable(table, data, this.#dimensions) };
    } catch (error) {
      if (!isMeterError(error)) throw error;
    }
  }

  #refsOf(line: number): ByteRef[] {
    return Array.from(this.#contents[line] ?? [], (_, at) => ({ line, at }));
  }

  /** The bytes of each direction, joined over lines. */
  #streams(): ByteRef[][] {
    return (['>', '<'] as const).map((direction) =>
      this.#lines.flatMap((line, index) => (line.direction === direction ? this.#refsOf(index) : [])),
    );
  }

  #byteAt({ line, at }: ByteRef): number {
    return this.#contents[line]?.[at] ?? 0;
  }

  #set({ line, at }: ByteRef, byte: number): void {
    const content = this.#contents[line];
    if (!content || content[at] === byte) return;
    content[at] = byte;
    this.#changed.add(line);
  }

  #replaceIn(refs: readonly ByteRef[], replacements: readonly Replacement[]): void {
    const bytes = Uint8Array.from(refs, (ref) => this.#byteAt(ref));
    const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const { wanted, by } of replacements) {
      for (let at = haystack.indexOf(wanted); at >= 0; at = haystack.indexOf(wanted, at + 1)) {
        haystack.set(by, at);
        by.forEach((byte, index) => {
          const ref = refs[at + index];
          if (!ref) return;
          this.#set(ref, byte);
          this.#replaced[ref.line]?.set([1], ref.at);
        });
      }
    }
  }

  /** Blanks bytes that are not described and tables that are not known: they may contain anything. */
  #blank(): void {
    for (const exchange of this.#exchanges) {
      const part = dataOf(exchange);
      if (!part) continue;
      const table = findTable(part.table);
      if (table && isImpersonal(table)) continue;
      const found = table && identifyingIn(table, part.data, part.offset, this.#dimensions);
      part.refs.forEach((ref, at) => {
        const isField = found?.fields.some((field) => at >= field.at && at < field.at + field.length) === true;
        if (found?.visible[at] === 1 || (isField && this.#replaced[ref.line]?.[ref.at] === 1)) return;
        this.#set(ref, isField ? blankOf(part.data[at] ?? 0) : 0);
      });
    }
  }

  /** Recomputes CRC and checksum of optical packets, which needs no key. */
  #sealPackets(): void {
    for (const exchange of this.#exchanges) {
      const part = exchange.head?.protocol === 'optical' ? dataOf(exchange) : undefined;
      const last = exchange.answer?.refs.at(-1);
      if (part && last) this.#set(last, dataChecksum(Uint8Array.from(part.refs, (ref) => this.#byteAt(ref))));
    }
    for (const refs of this.#streams()) {
      const original = Uint8Array.from(refs, ({ line, at }) => {
        const source = this.#lines[line];
        return source && source.direction !== '-' ? (source.bytes[at] ?? 0) : 0;
      });
      for (const { start, end } of packetsIn(original)) {
        const packet = Uint8Array.from(refs.slice(start, end), (ref) => this.#byteAt(ref));
        const crc = crc16(packet, 0, packet.length - CRC_BYTES);
        if (packet.length <= HEADER_BYTES) continue;
        [crc & 0xff, crc >> 8].forEach((byte, index) => {
          const ref = refs[end - CRC_BYTES + index];
          if (ref) this.#set(ref, byte);
        });
      }
    }
  }

  #written(line: TraceLine, index: number): string[] {
    const bytes = this.#contents[index];
    if (line.direction !== '-') {
      const text = formatTraceLine({ ...line, bytes: bytes ?? line.bytes });
      return [text, ...(this.#isLastChanged(line, index) ? [mark(line)] : [])];
    }
    const found = bytes && eventBytes(line.word, line.rest);
    const rest = found ? line.rest.replace(traceHex(found), traceHex({ ...found, bytes })) : line.rest;
    return [formatTraceLine({ ...line, rest: this.#pseudonyms.inWords(rest) })];
  }

  /** True if this line may end a changed message, whose digest is then no longer valid. */
  #isLastChanged(line: TraceLine, index: number): boolean {
    let next = index + 1;
    while (this.#lines[next]?.direction === '-') next++;
    if (this.#lines[next]?.direction === line.direction) return false;
    for (let at = index; at >= 0 && this.#lines[at]?.direction !== opposite(line); at--) {
      if (this.#lines[at]?.direction === line.direction && this.#changed.has(at)) return true;
    }
    return false;
  }
}

const opposite = ({ direction }: TraceLine): string => (direction === '>' ? '<' : '>');

function mark({ at }: TraceLine): string {
  return formatTraceLine({
    direction: '-',
    at,
    word: 'redacted',
    rest: 'bytes were replaced, the digest is no longer valid',
  });
}

const blankOf = (byte: number): number => (byte >= 0x21 && byte <= 0x7e ? 'X'.charCodeAt(0) : 0);

interface DataPart {
  readonly table: number;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly refs: readonly ByteRef[];
}

/** The table data of an exchange; undefined where there is none. */
function dataOf({ request, answer, head }: TracedExchange): DataPart | undefined {
  if (!request || !answer || answer.bytes[0] !== 0 || answer.bytes.length <= ANSWER_HEADER_BYTES) return undefined;
  const end = answer.bytes.length - (head?.protocol === 'optical' ? 1 : 0);
  return { table: request.table, offset: 'offset' in request ? request.offset : 0, ...partOf(answer, end) };
}

function partOf({ bytes, refs }: FoundBytes, end: number): Pick<DataPart, 'data' | 'refs'> {
  return { data: bytes.slice(ANSWER_HEADER_BYTES, end), refs: refs.slice(ANSWER_HEADER_BYTES, end) };
}
