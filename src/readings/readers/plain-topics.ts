/** What amsreader and its relatives publish as plain numbers: each value on a topic of its own. */
import { badPayload } from '../message.js';

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

/** What follows `meter/` in a topic -> our key. W, var, V, A, Hz, VA; kWh and kvarh for what is accumulated. */
const KEYS = new Map<string, string>([
  ...ofDirection('import', 'Import'),
  ...ofDirection('export', 'Export'),
  ...[1, 2, 3].flatMap(ofPhase),
  ['power/frequency', 'frequency'],
  ['power/aparentpower', 'apparentPower'],
]);

/** Whether a message is one of those that tell one thing of the meter on a topic of its own. */
export function isPlainTopic(topic: unknown): topic is string {
  return typeof topic === 'string' && METER.test(topic);
}

/**
 * The value that such a message tells.
 * @returns undefined where it tells something else of the meter: its number, its clock
 * @throws UsageError `bad-payload`: a value that is no number
 */
export function plainValue(topic: string, payload: unknown): readonly [key: string, value: number] | undefined {
  const key = KEYS.get(METER.exec(topic)?.[1]?.toLowerCase() ?? '');
  if (key === undefined) return undefined;
  const text = payload instanceof Uint8Array ? new TextDecoder().decode(payload) : payload;
  const isNumber = typeof text === 'number' ? Number.isFinite(text) : typeof text === 'string' && NUMBER.test(text);
  if (!isNumber) throw badPayload(`what came on ${topic} is not a number`);
  return [key, Number(text)];
}
