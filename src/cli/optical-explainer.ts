/** Explains packets of an optical port: requests and their answers. [OPT p.9-15] */
import {
  dataChecksum,
  decodeOpticalRequest,
  MessageAssembler,
  type OpticalRequest,
  opticalRefusal,
  toHex,
} from '../internal.js';
import type { PacketMessage } from './optical-parts.js';

const FIRST_SERVICE = 0x20;
const SECURITY = 0x51;
const OK = 0x00;
/** Code and count before the data of a read, and the checksum behind them. */
const READ_HEADER_BYTES = 3;

/** Bytes of a table in a message, and their offset. */
export interface OpticalData {
  readonly table: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** What a packet means. */
export interface PacketMeaning {
  readonly text: string;
  readonly problems: readonly string[];
  readonly request?: OpticalRequest;
  readonly status?: number;
  readonly content?: OpticalData;
}

/** Names a table: `BT23 (Current Register Data)`. */
type TableNamer = (table: number) => string;

/** Decodes packets one after another: an answer is decoded with the request before it. */
export class OpticalExplainer {
  readonly #assembler = new MessageAssembler();
  readonly #nameOf: TableNamer;
  #asked: OpticalRequest | undefined;
  #last = '';

  constructor(nameOf: TableNamer) {
    this.#nameOf = nameOf;
  }

  next({ packet, isCrcRight, bytes }: PacketMessage): PacketMeaning {
    if (!isCrcRight) return { text: 'damaged', problems: ['the CRC of this packet is wrong'] };
    const hex = toHex(bytes);
    const isRepeated = this.#last === hex;
    this.#last = hex;
    if (isRepeated) return { text: 'the same packet repeated', problems: [] };
    const message = this.#assembler.add(packet);
    if (message === 'more') {
      return { text: `part of a message, ${packet.sequence} more to come`, problems: [] };
    }
    if (message === 'out-of-order') {
      return { text: 'the end of a message', problems: ['the packets before it are missing'] };
    }
    return (message[0] ?? 0) >= FIRST_SERVICE ? this.#request(message) : this.#answer(message);
  }

  #request(message: Uint8Array): PacketMeaning {
    const request = decodeOpticalRequest(message);
    this.#asked = request;
    if (!request) return { text: 'request', problems: ['its service is not known, or its length is wrong'] };
    const text = `request: ${this.#textOf(request)}`;
    if (!('data' in request)) return { text, problems: [], request };
    const offset = request.service === 'partial-write' ? request.offset : 0;
    return { text, problems: [], request, content: { table: request.table, offset, data: request.data } };
  }

  #textOf(request: OpticalRequest): string {
    switch (request.service) {
      case 'negotiate':
        return `negotiate packets of ${request.packetSize} bytes, ${request.packetCount} a message`;
      case 'logon':
        return `logon of user ${request.userId}, ${JSON.stringify(request.userName)}`;
      case 'security':
        return 'security: the key';
      case 'wait':
        return `wait ${request.seconds} s`;
      case 'full-read':
        return `full table read of ${this.#nameOf(request.table)}`;
      case 'partial-read':
        return `partial table read of ${this.#nameOf(request.table)}, ${request.count} bytes from offset ${request.offset}`;
      case 'full-write':
        return `full table write of ${this.#nameOf(request.table)}, ${request.data.length} bytes`;
      case 'partial-write':
        return `partial table write of ${this.#nameOf(request.table)}, ${request.data.length} bytes from offset ${request.offset}`;
      default:
        return request.service;
    }
  }

  #answer(message: Uint8Array): PacketMeaning {
    const status = message[0] ?? 0;
    const asked = this.#asked;
    this.#asked = undefined;
    const code = status.toString(16).padStart(2, '0').toUpperCase();
    if (status !== OK) {
      const meaning = opticalRefusal(status, message).message.replace(/ \(..\)$/, '');
      return { text: `answer ${code}: ${meaning}`, problems: [], status };
    }
    const isRead = asked && (asked.service === 'full-read' || asked.service === 'partial-read');
    if (message.length === 1) return { text: `answer ${code}: ok`, problems: [], status };
    if (asked && !isRead) return { text: `answer ${code}: ok to ${asked.service}`, problems: [], status };
    const data = message.subarray(READ_HEADER_BYTES, -1);
    const count = (message[1] ?? 0) * 256 + (message[2] ?? 0);
    if (count !== data.length || dataChecksum(data) !== message.at(-1)) {
      const problem = asked ? 'count, data and checksum do not agree' : 'its request is not among the bytes';
      return { text: `answer ${code}: ok`, problems: [problem], status };
    }
    if (!isRead) {
      return {
        text: `answer ${code}: ok, ${count} bytes`,
        problems: ['only the request names the table of the data: put it before the answer'],
        status,
      };
    }
    const offset = asked.service === 'partial-read' ? asked.offset : 0;
    const text = `answer ${code}: ok: ${this.#nameOf(asked.table)}, ${count} bytes from offset ${offset}`;
    return { text, problems: [], status, content: { table: asked.table, offset, data } };
  }
}

/** The bytes of a packet for display, without the password, which is sent in clear. */
export function shownBytes({ packet, bytes }: PacketMessage): string {
  const pairs = toHex(bytes).split(' ');
  if (packet.data[0] !== SECURITY) return pairs.join(' ');
  return pairs.map((pair, place) => (place > 6 && place < pairs.length - 2 ? '**' : pair)).join(' ');
}
