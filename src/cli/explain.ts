import {
  decodeAnswer,
  Digest,
  digestsEqual,
  type Dimensions,
  type FieldValue,
  findTable,
  isMeterError,
  isWrite,
  refusalError,
  RESPONSE_CODES,
  type TableDescription,
  type TableRequest,
  toHex,
} from '../internal.js';
import { decodeBytes, type Decoded, decodedJson, decodedText } from './decoded.js';
import { indented, listText } from './layout-text.js';
import { type AnswerMessage, type Message, messagesIn, type RequestMessage } from './messages.js';
import { OpticalExplainer, type PacketMeaning, shownBytes } from './optical-explainer.js';
import type { PacketMessage } from './optical-parts.js';
import { isSignedAfter, Pairing } from './pairing.js';

/**
 * Result of the digest check: `unchecked` without key or request, `missing` without a digest, `invalidated` where the
 * message is not what was sent any more.
 */
export type DigestVerdict = 'right' | 'wrong' | 'unchecked' | 'missing' | 'invalidated';

/** One message, explained. */
export interface Explanation {
  readonly message: Message;
  /** The request itself, or the request that is answered. */
  readonly request?: TableRequest;
  readonly digest?: DigestVerdict;
  /** What a packet of the optical port means. */
  readonly meaning?: PacketMeaning;
  readonly decoded?: Decoded;
  /** Errors of the message. */
  readonly problems: readonly string[];
  /** Why a correct message could not be decoded. */
  readonly note?: string;
}

export interface ExplainOptions {
  /** 16 to 20 bytes, to check digests with. */
  readonly key?: Uint8Array | undefined;
  readonly dimensions: Dimensions;
  /** The request to assume for an answer without a request before it. */
  readonly asked?: TableRequest | undefined;
}

/** Tables that hold dimensions: their values decode the messages after them. */
const DIMENSION_TABLES: ReadonlySet<string> = new Set(['BT01', 'BT20', 'BT21', 'BT22', 'BT27', 'BT30', 'ET11', 'ET55']);

/** Explains messages, in their order. Never throws because of their content. */
export function explain(runs: readonly Uint8Array[], options: ExplainOptions): Explanation[] {
  const explainer = new Explainer(options);
  return messagesIn(runs).map((message) => explained(explainer, message));
}

/** The next message, explained, with the bytes before it that belong to none. */
export function explained(explainer: Explainer, message: Message): Explanation {
  const explanation = explainer.next(message);
  if (!message.before) return explanation;
  const left = `${message.before.length} bytes before it belong to no message: ${toHex(message.before)}`;
  return { ...explanation, problems: [left, ...explanation.problems] };
}

/** Explains messages one after another, with the requests and dimensions of earlier ones. */
export class Explainer {
  readonly #options: ExplainOptions;
  readonly #key: Uint8Array | undefined;
  #pairing: Pairing;
  #optical = new OpticalExplainer(tableName);
  #dimensions: Dimensions;

  constructor(options: ExplainOptions) {
    this.#options = options;
    this.#key = options.key;
    this.#dimensions = options.dimensions;
    this.#pairing = new Pairing(options.asked);
  }

  /** Drops the context: the next messages belong to another connection, perhaps to another meter. */
  forget(): void {
    this.#dimensions = this.#options.dimensions;
    this.#pairing = new Pairing(this.#options.asked);
    this.#optical = new OpticalExplainer(tableName);
  }

  next(message: Message): Explanation {
    switch (message.kind) {
      case 'request':
        return this.#request(message);
      case 'answer':
        return this.#answer(message);
      case 'alert':
        return { message, problems: [] };
      case 'cut':
        return { message, problems: [`${message.missing} bytes are missing at its end, by its own length`] };
      case 'optical':
        return this.#packet(message);
      case 'acknowledgement':
        return { message, problems: [] };
      case 'unknown':
        return {
          message,
          problems: [
            message.isOptical
              ? 'no packet of the optical port: it does not begin as one'
              : 'neither a request nor an answer of the MEP port: length and counts do not agree',
          ],
        };
    }
  }

  #packet(message: PacketMessage): Explanation {
    const meaning = this.#optical.next(message);
    const { content } = meaning;
    const decoded = content ? this.#decode(content.table, content.data, content.offset) : {};
    return { message, meaning, ...decoded, problems: [...meaning.problems, ...(decoded.problems ?? [])] };
  }

  #request(message: RequestMessage): Explanation {
    const { request, signed, digest } = message;
    const state = this.#key && message.sequence !== undefined ? new Digest(this.#key).update(signed) : undefined;
    this.#pairing.ask({ request, state });
    const expected = state?.clone().finish();
    const verdict = verdictOf(digest, expected && ((own) => digestsEqual(own, expected)));
    const written = isWrite(request) ? this.#decode(request.table, request.data, offsetOf(request)) : {};
    return { message, request, digest: verdict, ...written, problems: problemsOf(verdict, written.problems) };
  }

  #answer(message: AnswerMessage): Explanation {
    const asked = this.#pairing.answer(message);
    if (asked === undefined || asked === 'several') {
      const why = asked
        ? 'several requests come before it: put each answer behind its request'
        : 'only the request names the table of the data: put it before the answer, or use --table';
      return { message, digest: verdictOf(message.digest), problems: message.data ? [why] : [] };
    }
    const { request, state } = asked;
    const verdict = verdictOf(message.digest, state && (() => isSignedAfter(state, message)));
    const base = { message, request, digest: verdict };
    if (message.data === undefined) return { ...base, problems: problemsOf(verdict) };
    try {
      decodeAnswer(request, message.signed);
    } catch (error) {
      return { ...base, problems: problemsOf(verdict, [messageOf(error)]) };
    }
    const decoded = this.#decode(request.table, message.data, offsetOf(request));
    return { ...base, ...decoded, problems: problemsOf(verdict, decoded.problems) };
  }

  #decode(
    number: number,
    data: Uint8Array,
    offset: number,
  ): Pick<Explanation, 'decoded' | 'note'> & { problems?: readonly string[] } {
    const table = findTable(number);
    if (!table || data.length === 0) return {};
    try {
      const decoded = this.#decodeAsFarAsThere(table, data, offset);
      this.#useDimensions(table, decoded);
      return { decoded };
    } catch (error) {
      const text = messageOf(error);
      return isMeterError(error) && error.code === 'dimensions-missing' ? { note: text } : { problems: [text] };
    }
  }

  /** A byte range may end within a field: that field is left out. */
  #decodeAsFarAsThere(table: TableDescription, data: Uint8Array, offset: number): Decoded {
    try {
      return decodeBytes(table, data, { offset }, this.#dimensions);
    } catch (error) {
      if (!isMeterError(error) || error.code !== 'table-too-short') throw error;
      return decodeBytes(table, data, { offset, complete: false }, this.#dimensions);
    }
  }

  #useDimensions(table: TableDescription, decoded: Decoded): void {
    if (decoded.kind === 'values' && DIMENSION_TABLES.has(table.name) && isWhole(decoded.values)) {
      this.#dimensions = { ...this.#dimensions, [table.name]: decoded.values };
    }
  }
}

/** True if every field has a value; fields outside a byte range are null. */
function isWhole(value: FieldValue): boolean {
  return value !== null && (typeof value !== 'object' || Object.values(value).every(isWhole));
}

function verdictOf(digest: Uint8Array | undefined, isRight?: (digest: Uint8Array) => boolean): DigestVerdict {
  if (!digest) return 'missing';
  if (!isRight) return 'unchecked';
  return isRight(digest) ? 'right' : 'wrong';
}

function problemsOf(verdict: DigestVerdict, others: readonly string[] = []): string[] {
  return verdict === 'wrong'
    ? ['the digest is wrong: another key, another request, or damaged', ...others]
    : [...others];
}

function messageOf(error: unknown): string {
  if (!isMeterError(error)) throw error;
  return error.message;
}

const SERVICES: Readonly<Record<TableRequest['service'], string>> = {
  'full-read': 'full table read',
  'partial-read': 'partial table read',
  'full-write': 'full table write',
  'partial-write': 'partial table write',
};

const STATUS_TEXTS: ReadonlyMap<number, string> = new Map([
  [RESPONSE_CODES.ok, 'ok'],
  [RESPONSE_CODES.authenticationFailure, 'authentication failure: wrong key, or damaged on the line'],
  [RESPONSE_CODES.invalidSequenceNumber, 'wrong sequence number: the meter expects the one it names'],
]);

function statusText(status: number): string {
  return STATUS_TEXTS.get(status) ?? refusalError(status, new Uint8Array(0)).message.replace(/ \(..\)$/, '');
}

const hexCode = (status: number): string => status.toString(16).padStart(2, '0').toUpperCase();

function tableName(number: number): string {
  const table = findTable(number);
  if (table) return `${table.name} (${table.title})`;
  return number >= 2048 ? `ET${String(number - 2048).padStart(2, '0')}` : `BT${String(number).padStart(2, '0')}`;
}

const offsetOf = (request: TableRequest): number => ('offset' in request ? request.offset : 0);

function rangeText(request: TableRequest, count: number): string {
  const offset = 'offset' in request ? request.offset : 0;
  return `${tableName(request.table)}, ${count} bytes from offset ${offset}`;
}

function headline({ message, request, meaning }: Explanation): string {
  switch (message.kind) {
    case 'request': {
      const { service, table } = message.request;
      if (!isWrite(message.request) && message.request.isWithoutLength) {
        const from = 'offset' in message.request ? `, from offset ${message.request.offset}` : '';
        return `Request: ${SERVICES[service]} of ${tableName(table)}${from}, without length`;
      }
      const count = isWrite(message.request) ? message.request.data.length : message.request.count;
      return `Request: ${SERVICES[service]} of ${rangeText(message.request, count)}`;
    }
    case 'answer': {
      const of = request && message.data ? `: ${rangeText(request, message.data.length)}` : '';
      return `Answer ${hexCode(message.status)}: ${statusText(message.status)}${of}`;
    }
    case 'alert':
      return 'Alert';
    case 'cut':
      return 'A message that is cut off';
    case 'optical':
      return `Packet of the optical port: ${meaning?.text ?? ''}`;
    case 'acknowledgement':
      return message.isRefusal ? 'NAK: the packet must be repeated' : 'ACK: the packet was received';
    case 'unknown':
      return 'Not understood';
  }
}

const DIGEST_TEXTS: Readonly<Record<DigestVerdict, string>> = {
  right: 'right',
  wrong: 'WRONG',
  unchecked: 'not checked (needs the key, and the request with its sequence number)',
  missing: 'none',
  invalidated: 'no longer valid: bytes of the message were masked or replaced',
};

const bytesText = (message: Message): string =>
  message.kind === 'optical' ? shownBytes(message) : toHex(message.bytes);

/** Explanations as text, one block for each message. */
export function explanationText(explanations: readonly Explanation[], isStyled: boolean): string {
  return explanations.map((explanation, index) => explanationBlock(`${index + 1}. `, explanation, isStyled)).join('\n');
}

/** One explanation, with `head` before its first line. */
export function explanationBlock(head: string, explanation: Explanation, isStyled: boolean): string {
  const { message, digest, decoded, problems, note } = explanation;
  const facts: [string, string][] = [['Bytes', bytesText(message)]];
  if ('sequence' in message && message.sequence !== undefined) {
    const hex = message.sequence.toString(16).padStart(8, '0').toUpperCase();
    facts.push(['Sequence number', `${message.sequence} (${hex})`]);
  }
  if (digest) facts.push(['Digest', DIGEST_TEXTS[digest]]);
  for (const problem of problems) facts.push(['Problem', problem]);
  if (note !== undefined) facts.push(['Not decoded', note]);
  const values = decoded ? `\n${indented(decodedText(decoded, isStyled))}` : '';
  return `${head}${headline(explanation)}\n${indented(listText(facts))}${values}`;
}

/** Explanations as JSON. */
export function explanationJson(explanations: readonly Explanation[]): unknown[] {
  return explanations.map(explanationFields);
}

/** One explanation as JSON. */
export function explanationFields(explanation: Explanation): Record<string, unknown> {
  const { message, request, meaning, digest, decoded, problems, note } = explanation;
  return {
    kind: message.kind,
    bytes: bytesText(message),
    ...(message.kind === 'answer' && { status: hexCode(message.status), meaning: statusText(message.status) }),
    ...(request && requestJson(request)),
    ...(meaning && opticalJson(meaning)),
    ...('sequence' in message && message.sequence !== undefined && { sequenceNumber: message.sequence }),
    ...(digest && { digest }),
    ...(message.kind === 'answer' && message.data && { data: toHex(message.data) }),
    ...(decoded && decodedJson(decoded)),
    problems,
    ...(note !== undefined && { note }),
  };
}

function opticalJson({ text, request, status, content }: PacketMeaning): Record<string, unknown> {
  return {
    meaning: text,
    ...(request && { service: request.service }),
    ...(request &&
      'table' in request && { table: tableName(request.table).replace(/ .*/, ''), tableNumber: request.table }),
    ...(request?.service === 'partial-read' && { offset: request.offset, count: request.count }),
    ...(status !== undefined && { status: hexCode(status) }),
    ...(content && { data: toHex(content.data) }),
  };
}

function requestJson(request: TableRequest): Record<string, unknown> {
  return {
    service: request.service,
    table: tableName(request.table).replace(/ .*/, ''),
    tableNumber: request.table,
    offset: 'offset' in request ? request.offset : 0,
    count: isWrite(request) ? request.data.length : request.isWithoutLength ? null : request.count,
  };
}
