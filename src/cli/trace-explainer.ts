/** Explains a trace line by line: bytes are decoded, events are repeated. Keeps only one message and its context. */
import {
  concatBytes,
  crc16,
  eventBytes,
  printable,
  type ReadLine,
  TRACE_VERSION,
  type TraceBytes,
  type TraceHead,
  traceHeadOf,
  type TraceLine,
} from '../internal.js';
import {
  type Explanation,
  Explainer,
  explained,
  explanationBlock,
  type ExplainOptions,
  explanationFields,
} from './explain.js';
import { type FoundBefore, messagesIn } from './messages.js';

/** One finding in a trace. */
export type TraceExplanation = {
  /** Of the trace, from 1 on. */
  readonly line: number;
  readonly at: string | undefined;
} & (
  | { readonly kind: 'message'; readonly direction: '>' | '<'; readonly explanation: Explanation }
  | { readonly kind: 'event'; readonly text: string }
  /** Bytes that are not explained: encrypted, or masked. */
  | { readonly kind: 'bytes'; readonly direction: '>' | '<'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string; readonly problem: string }
);

interface Group extends TraceBytes {
  readonly direction: '>' | '<';
  readonly line: number;
  readonly at: number;
}

/** More bytes without an event between them are not a message. */
const MAX_GROUP_BYTES = 16_384;
const MAX_SHOWN = 100;
const START_OF_PACKET = 0xee;
const PACKET_HEADER_BYTES = 6;
const CRC_BYTES = 2;
/** Events that may come in the middle of a message. */
const PASSING: ReadonlySet<string> = new Set(['alert', 'clock', 'redacted']);

/** Explains the lines of a trace as they come. */
export class TraceExplainer {
  readonly #explainer: Explainer;
  readonly #before: FoundBefore;
  #head: TraceHead | undefined;
  #group: Group | undefined;
  #passing: TraceExplanation[] = [];
  #isRedacted = false;

  constructor(options: ExplainOptions) {
    this.#explainer = new Explainer(options);
    this.#before = { asked: options.asked, isOptical: false };
  }

  /** Adds the next line. @returns the findings that are complete */
  next({ number, text, line }: ReadLine): TraceExplanation[] {
    if (!line) return [...this.flush(), wrong(number, text, 'this is no line of a trace')];
    if (line.direction !== '-') return this.#bytes(number, line.direction, line);
    return this.#event(number, line);
  }

  /** The pending findings at the end of a trace. */
  flush(): TraceExplanation[] {
    const group = this.#group;
    this.#group = undefined;
    const found = [...(group ? this.#explain(group) : []), ...this.#passing];
    this.#passing = [];
    this.#isRedacted = false;
    return found;
  }

  #bytes(line: number, direction: '>' | '<', { at, bytes, mask }: TraceBytes & { at: number }): TraceExplanation[] {
    const group = this.#group;
    const goesOn = group?.direction === direction && group.bytes.length + bytes.length <= MAX_GROUP_BYTES;
    if (!goesOn) {
      const found = this.flush();
      this.#group = { direction, line, at, bytes, mask };
      return found;
    }
    this.#group = { ...group, bytes: concatBytes(group.bytes, bytes), mask: joinedMasks(group, { bytes, mask }) };
    return [];
  }

  #event(line: number, event: Extract<TraceLine, { direction: '-' }>): TraceExplanation[] {
    const { word, rest } = event;
    const at = timeOf(event.at);
    const own: TraceExplanation = { kind: 'event', line, at, text: `${word}${rest === '' ? '' : ` ${rest}`}` };
    if (PASSING.has(word)) {
      if (word === 'redacted') this.#isRedacted = true;
      this.#passing.push(own);
      return [];
    }
    const found = [...this.flush(), own];
    if (word === 'trace') return [...found, ...this.#begin(line, rest)];
    const content = this.#isEncrypted ? eventBytes(word, rest) : undefined;
    return content
      ? [
          ...found,
          ...this.#explain({ direction: word === 'request' ? '>' : '<', line, at: event.at, ...content }, true),
        ]
      : found;
  }

  /** A new connection, perhaps to another meter: drops the context. */
  #begin(line: number, rest: string): TraceExplanation[] {
    this.#explainer.forget();
    this.#head = traceHeadOf(rest);
    this.#before.asked = undefined;
    this.#before.isOptical = this.#head?.protocol === 'optical';
    if (this.#head?.version === TRACE_VERSION) return [];
    const known = `this program knows version ${TRACE_VERSION} of traces; what follows may be another`;
    return [wrong(line, rest, known)];
  }

  get #isEncrypted(): boolean {
    return this.#head?.security === 'rc4' || this.#head?.security === 'tls';
  }

  #explain(group: Group, isPlain = false): TraceExplanation[] {
    const { direction, line } = group;
    const at = timeOf(group.at);
    // Masked from the service code or the byte after it on: the rest cannot be decoded.
    const isHidden = group.mask?.[0] === 1 || group.mask?.[1] === 1;
    if (isHidden || (this.#isEncrypted && !isPlain)) {
      const why = isHidden ? 'masked, since they may hold a key' : 'encrypted';
      return [{ kind: 'bytes', line, at, direction, text: `${group.bytes.length} bytes, ${why}` }];
    }
    const isChanged = this.#isRedacted || group.mask !== undefined;
    return messagesIn([withValidCrcs(group)], this.#before).map((message) => {
      const explanation = explained(this.#explainer, message);
      return {
        kind: 'message',
        line,
        at,
        direction,
        explanation: isChanged ? withoutDigest(explanation) : explanation,
      };
    });
  }
}

/** Gives packets whose CRC is masked too the CRC of the bytes that are present. */
function withValidCrcs({ bytes, mask }: TraceBytes): Uint8Array {
  if (!mask) return bytes;
  const valid = bytes.slice();
  for (let at = valid.indexOf(START_OF_PACKET); at >= 0; at = valid.indexOf(START_OF_PACKET, at + 1)) {
    const end = at + PACKET_HEADER_BYTES + (valid[at + 4] ?? 0) * 256 + (valid[at + 5] ?? 0);
    if (mask[end] !== 1 || mask[end + 1] !== 1) continue;
    const crc = crc16(valid, at, end);
    valid.set([crc & 0xff, crc >> 8], end);
    at = end + CRC_BYTES - 1;
  }
  return valid;
}

/** Marks the digest as invalid, since it covers bytes that were masked or replaced. */
function withoutDigest(explanation: Explanation): Explanation {
  const { digest, problems } = explanation;
  if (digest === undefined || digest === 'missing') return explanation;
  return {
    ...explanation,
    digest: 'invalidated',
    problems: problems.filter((problem) => !problem.startsWith('the digest')),
  };
}

function joinedMasks(one: TraceBytes, other: TraceBytes): Uint8Array | undefined {
  if (!one.mask && !other.mask) return undefined;
  const none = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.length);
  return concatBytes(one.mask ?? none(one.bytes), other.mask ?? none(other.bytes));
}

function wrong(line: number, text: string, problem: string): TraceExplanation {
  return {
    kind: 'wrong',
    line,
    at: undefined,
    text: text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text,
    problem,
  };
}

const timeOf = (at: number): string => new Date(at).toISOString();

/** True if a finding is a problem. */
export function isTraceProblem(found: TraceExplanation): boolean {
  return found.kind === 'wrong' || (found.kind === 'message' && found.explanation.problems.length > 0);
}

/** A finding as text, with the number of its line. */
export function traceText(found: TraceExplanation, isStyled: boolean): string {
  const head = `${found.line}. ${found.at === undefined ? '' : `${found.at} `}`;
  switch (found.kind) {
    case 'message':
      return explanationBlock(`${head}${found.direction} `, found.explanation, isStyled);
    case 'event':
      return `${head}- ${printable(found.text, Infinity)}\n`;
    case 'bytes':
      return `${head}${found.direction} ${found.text}\n`;
    case 'wrong':
      return `Line ${found.line} is wrong: ${found.problem}\n    ${printable(found.text)}\n`;
  }
}

/** A finding as JSON. */
export function traceJson(found: TraceExplanation): Record<string, unknown> {
  const { line, at } = found;
  const head = { line, ...(at !== undefined && { at }) };
  switch (found.kind) {
    case 'message':
      return { ...head, direction: found.direction, ...explanationFields(found.explanation) };
    case 'event':
      return { ...head, kind: 'event', text: found.text };
    case 'bytes':
      return { ...head, kind: 'bytes', direction: found.direction, text: found.text };
    case 'wrong':
      return { ...head, kind: 'wrong', text: found.text, problems: [found.problem] };
  }
}
