/** Plain numbers of amsreader and its derivatives: each value has a topic of its own. */
import { badPayload } from '../message.js';
import { isNumber } from '../numbers.js';
import { textIn } from './lenient-json.js';

const METER = /(?:^|\/)meter\/(.+)$/s;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

const ofDirection = (path: string, name: 'Import' | 'Export'): [path: string, key: string][] => [
  [`${path}/active`, `activePower${name}`],
  [`${path}/reactive`, `reactivePower${name}`],
  [`${path}/active/accumulated`, `activeEnergy${name}`],
  [`${path}/reactive/accumulated`, `reactiveEnergy${name}`],
  ...[1, 2, 3].map((phase): [string, string] => [`${path}/l${phase}`, `activePower${name}L${phase}`]),
];

const ofPhase = (phase: number): [path: string, key: string][] => [
  [`l${phase}/voltage`, `voltageL${phase}`],
  [`l${phase}/current`, `currentL${phase}`],
  [`l${phase}/powerfactor`, `powerFactorL${phase}`],
];

const ofQuadrant = (quadrant: number): [path: string, key: string][] => [
  [`power/reactivepower_q${quadrant}`, `reactivePowerQ${quadrant}`],
  [`reactivepower_q${quadrant}`, `reactivePowerQ${quadrant}`],
];

/** Topic after `meter/` -> our key. W, var, V, A, Hz, VA; kWh and kvarh for accumulated values. */
const KEYS = new Map<string, string>([
  ...ofDirection('import', 'Import'),
  ...ofDirection('export', 'Export'),
  ...[1, 2, 3].flatMap(ofPhase),
  ...[1, 2, 3, 4].flatMap(ofQuadrant),
  ['power/frequency', 'frequency'],
  ['frequency', 'frequency'],
  ['power/aparentpower', 'apparentPower'],
  ['appowerva', 'apparentPower'],
]);

/** Times on topics of their own, and the kind of clock that each comes from. */
const TIMES: ReadonlyMap<string, PlainTime['kind']> = new Map([
  ['dlms/timestamp', 'received'],
  ['clock', 'clock'],
]);

/** A time on such a topic: of the reader's last reading, or of the meter's clock. */
export interface PlainTime {
  readonly kind: 'received' | 'clock';
  readonly text: string;
}

/** Whether a topic has a single value of the meter. */
export function isPlainTopic(topic: unknown): topic is string {
  return typeof topic === 'string' && METER.test(topic);
}

/** The prefix before `meter/`, which identifies the reader. */
export function plainPrefix(topic: string): string {
  return topic.slice(0, topic.length - (METER.exec(topic)?.[0].length ?? 0));
}

function nameIn(topic: string): string {
  return METER.exec(topic)?.[1]?.toLowerCase() ?? '';
}

function plainText(payload: unknown): unknown {
  return payload instanceof Uint8Array ? textIn(payload) : payload;
}

/**
 * The value in such a message.
 * @returns undefined for other properties of the meter, such as its serial number or clock
 * @throws UsageError `bad-payload`: a value that is no number
 */
export function plainValue(topic: string, payload: unknown): readonly [key: string, value: number] | undefined {
  const key = KEYS.get(nameIn(topic));
  if (key === undefined) return undefined;
  const text = plainText(payload);
  const value = typeof text === 'string' && NUMBER.test(text) ? Number(text) : text;
  if (!isNumber(value)) throw badPayload(`what came on ${topic} is not a number`);
  return [key, key.startsWith('current') ? Math.abs(value) : value];
}

/** The time in such a message; undefined where it has none. */
export function plainTime(topic: string, payload: unknown): PlainTime | undefined {
  const kind = TIMES.get(nameIn(topic));
  return kind && { kind, text: String(plainText(payload)).slice(0, 40) };
}

/**
 * Whether such a message reports that the reader has lost its meter (true) or reads it again (false); else undefined.
 */
export function plainLoss(topic: string, payload: unknown): boolean | undefined {
  if (nameIn(topic) !== 'mep_data_ready') return undefined;
  return ['0', 'false'].includes(String(plainText(payload)).toLowerCase());
}
