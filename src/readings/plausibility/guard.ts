import { isMeasurement } from '../keys.js';
import type { Finding, Reason } from './finding.js';
import { gravest } from './finding.js';
import type { Candidate, KnownRegisters } from './registers.js';
import { advance, afterConfirmed, afterGood, afterHeld, isFarFall, checkRegisters, checkTiers } from './registers.js';
import { isEnergy, type Sample } from './sample.js';
import { type PlausibilitySettings, SHORT_WAIT_S } from './settings.js';
import { checkValues } from './values.js';

/** A finding that judges a reading by itself, and comes again and again. */
export interface Oddity {
  readonly key: string;
  readonly reason: Reason;
  readonly since: number;
  readonly confirmations: number;
  /** It stayed: the meter is like that. */
  readonly isAccepted: boolean;
}

/** All that is known of one meter. */
export interface GuardedMeter {
  readonly id: string;
  readonly registers: KnownRegisters;
  readonly oddities: ReadonlyMap<string, Oddity>;
  /** By the registers that a reading holds: reading a part and reading the whole are confirmed each by its own. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  /** Its connection has ended since the last reading of registers. */
  readonly isDisconnected?: true;
}

export interface Verdict {
  readonly meter: GuardedMeter;
  /** Whether the reading is let through. */
  readonly isPassed: boolean;
  /** Whether a reading that is held back holds measurements that may go on without its energy. */
  readonly hasMeasurements: boolean;
  /** What keeps it back, the gravest first; empty when it is let through. */
  readonly held: readonly Finding[];
  /** What was contradictory, has stayed, and is accepted from now on; the user should know. */
  readonly accepted: readonly Finding[];
  /** How often what keeps it back has come again, and how often it must. */
  readonly confirmations: number;
  readonly needed: number;
}

/** Confirmations and time that a finding needs before it is accepted. */
interface Confirmation {
  readonly confirmations: number;
  readonly seconds: number;
}

/** Bounds the memory of a flow that keeps reading other parts of a table. */
const MAX_CANDIDATES = 16;
/**
 * So many times the usual number of confirmations is enough even for readings that rise faster than they should: the fuse
 * is set too small, or the meter is new and everything in it still rises by a tenth.
 */
const MAX_CONFIRMATION_FACTOR = 3;
/** Possible, or at least not contradictory: not reported once it is confirmed. */
const QUIET: ReadonlySet<Reason> = new Set(['first-reading', 'long-gap', 'large-rise']);

/** Identifies a finding over several readings. */
const nameOf = ({ reason, key }: Pick<Finding, 'reason' | 'key'>): string => `${reason} ${key}`;

const NEVER: Confirmation = { confirmations: Infinity, seconds: Infinity };
/** No evidence of the register's value, not even against an earlier candidate. */
const MEANINGLESS: ReadonlySet<Reason> = new Set(['not-a-number', 'nothing-counted']);
/** Holds for one reading only, so that another of the same registers does not contradict it. */
const UNCOMPARED: ReadonlySet<Reason> = new Set(['first-reading', 'long-gap', 'large-rise']);

/** Registers, kWh, that only a reader can show that has read them from the meter. */
const LARGE_REGISTER = 100;

/** Whether a reading has a large register that goes on where it was: then its reader has read the meter. */
function hasReadRegisters({ registers }: Sample, findings: readonly Finding[]): boolean {
  return [...registers].some(([key, value]) => value >= LARGE_REGISTER && !findings.some((one) => one.key === key));
}

/**
 * What a finding needs to be accepted. Findings whose whole rise would be booked as energy need most.
 * @param isRead see `hasReadRegisters`
 */
function confirmationFor(
  { reason, key, value, last }: Finding,
  { confirmations, confirmSeconds }: PlausibilitySettings,
  isRead = false,
): Confirmation {
  const soon = { confirmations, seconds: Math.min(confirmSeconds, SHORT_WAIT_S) };
  switch (reason) {
    case 'not-a-number':
    case 'nothing-counted':
    case 'unit-changed':
    case 'came-back':
      return NEVER;
    case 'negative':
      return isEnergy(key) ? NEVER : soon;
    case 'first-reading':
    case 'long-gap':
      return { confirmations: 1, seconds: 0 };
    case 'large-rise':
      return { confirmations, seconds: 0 };
    case 'rose-too-fast':
      return isFarFall(last ?? 0, value ?? 0) ? { confirmations, seconds: confirmSeconds } : soon;
    case 'fell':
      return !isRead && isFarFall(value ?? 0, last ?? 0) ? { confirmations, seconds: confirmSeconds } : soon;
    default:
      return soon;
  }
}

function isMet({ confirmations, seconds }: Confirmation, seen: number, since: number, now: number): boolean {
  return seen >= confirmations && now - since >= seconds * 1000;
}

function checkOddities(
  known: GuardedMeter['oddities'],
  findings: readonly Finding[],
  sample: Sample,
  settings: PlausibilitySettings,
): Map<string, Oddity> {
  // What this reading does not speak of stays as it was; what it shows to be in order is forgotten.
  const oddities = new Map([...known].filter(([, oddity]) => !sample.values.has(oddity.key)));
  for (const finding of findings) {
    const { key, reason } = finding;
    const name = nameOf(finding);
    const before = known.get(name);
    const since = before?.since ?? sample.arrivedAt;
    const confirmations = before === undefined ? 0 : before.confirmations + 1;
    const hasStayed = isMet(confirmationFor(finding, settings), confirmations, since, sample.arrivedAt);
    oddities.set(name, { key, reason, since, confirmations, isAccepted: before?.isAccepted === true || hasStayed });
  }
  return oddities;
}

function checkCandidate(
  known: Candidate | undefined,
  findings: readonly Finding[],
  sample: Sample,
  settings: PlausibilitySettings,
): { candidate: Candidate | undefined; isConfirmed: boolean } {
  if (findings.length === 0) return { candidate: undefined, isConfirmed: true };
  if (findings.some(({ reason }) => MEANINGLESS.has(reason))) return { candidate: known, isConfirmed: false };
  const contradicted = findings.filter(({ reason }) => !UNCOMPARED.has(reason)).map(({ key }) => key);
  const candidate = advance(known, sample, contradicted, settings);
  const { confirmations, followers, since, isApproved } = candidate;
  const isRead = hasReadRegisters(sample, findings);
  const required = isApproved === true ? [] : findings.map((finding) => confirmationFor(finding, settings, isRead));
  const isConfirmed = required.every(
    (each) =>
      isMet(each, confirmations, since, sample.arrivedAt) ||
      isMet(
        {
          ...each,
          confirmations: Math.max(each.confirmations, MAX_CONFIRMATION_FACTOR * settings.confirmations),
        },
        followers,
        since,
        sample.arrivedAt,
      ),
  );
  return { candidate, isConfirmed };
}

function withCandidate(
  candidates: GuardedMeter['candidates'],
  shape: string,
  candidate: Candidate | undefined,
): GuardedMeter['candidates'] {
  const others = [...candidates].filter(([name]) => name !== shape).slice(1 - MAX_CANDIDATES);
  return new Map(candidate === undefined ? others : [...others, [shape, candidate]]);
}

/** Registers that go on where they were refute what other parts of the table seemed to show of them. */
function withoutRefuted(candidates: GuardedMeter['candidates'], { registers }: Sample): GuardedMeter['candidates'] {
  return new Map([...candidates].filter(([, { contradicted }]) => !contradicted.some((key) => registers.has(key))));
}

/** Measurements beside energy that is held back. Zeros beside a zero come from a reader that has read nothing. */
function hasMeasurements({ values }: Sample, held: readonly Finding[]): boolean {
  if (!held.every(({ key }) => isEnergy(key))) return false;
  const measured = [...values].filter(([key]) => isMeasurement(key)).map(([, value]) => value);
  const isUnread = held.some(({ reason }) => reason === 'nothing-counted') && measured.every((value) => value === 0);
  return measured.length > 0 && !isUnread;
}

/**
 * A meter whose held-back reading the user has confirmed: the next reading that continues from it is accepted.
 * Zeros and what is no number never are.
 */
export function approveHeld(meter: GuardedMeter): GuardedMeter {
  const approved = [...meter.candidates].map(
    ([shape, each]) => [shape, { ...each, isApproved: true as const }] as const,
  );
  return { ...meter, candidates: new Map(approved) };
}

/**
 * Its connection has ended, or leads elsewhere: nothing is held back any more, and a reading that does not continue its
 * registers is the first one of another meter with this serial number.
 */
export function disconnected(meter: GuardedMeter): GuardedMeter {
  return { ...meter, candidates: new Map(), isDisconnected: true };
}

/** The meter as a reading is compared with it: after its connection ended only registers that go on count. */
function comparable(known: GuardedMeter, sample: Sample, settings: PlausibilitySettings): GuardedMeter {
  if (known.isDisconnected !== true || sample.registers.size === 0) return known;
  const goesOn = checkRegisters(known.registers, sample, settings).every(({ reason }) => QUIET.has(reason));
  const { id, oddities, candidates } = known;
  return { id, oddities, candidates, registers: goesOn ? known.registers : new Map() };
}

const NEVER_SEEN: Omit<GuardedMeter, 'id'> = { registers: new Map(), oddities: new Map(), candidates: new Map() };

/**
 * Judges a reading and remembers what follows from it. A reading is let through when nothing in it is impossible, or when
 * what seemed so has stayed; otherwise all its energy is held back, and all of it when a measurement is impossible.
 * @param known what the reading before gave, or `recall`; undefined for a meter never seen
 */
export function receiveSample(
  known: GuardedMeter | undefined,
  sample: Sample,
  settings: PlausibilitySettings,
): Verdict {
  const before = comparable(known ?? { ...NEVER_SEEN, id: sample.id }, sample, settings);
  const isAccepted = (finding: Finding): boolean => before.oddities.get(nameOf(finding))?.isAccepted === true;
  const values = checkValues(sample, settings);
  const tiers = checkTiers(before.registers, sample, settings);
  const oddities = checkOddities(before.oddities, [...values, ...tiers.filter(isAccepted)], sample, settings);
  const open = values.filter((finding) => oddities.get(nameOf(finding))?.isAccepted !== true);

  const contradictions = [
    ...checkRegisters(before.registers, sample, settings),
    ...tiers.filter((finding) => !isAccepted(finding)),
  ];
  const shape = [...sample.registers.keys()].join();
  const { candidate, isConfirmed } = checkCandidate(before.candidates.get(shape), contradictions, sample, settings);
  const candidates = withCandidate(before.candidates, shape, candidate);

  const held = [...open, ...(isConfirmed ? [] : contradictions)];
  const chief = gravest(held);
  if (chief !== undefined) {
    return {
      meter: { ...before, registers: afterHeld(before.registers, sample), oddities, candidates },
      isPassed: false,
      hasMeasurements: hasMeasurements(sample, held),
      held: [chief, ...held.filter((finding) => finding !== chief)],
      accepted: [],
      confirmations: oddities.get(nameOf(chief))?.confirmations ?? candidate?.confirmations ?? 0,
      needed: confirmationFor(chief, settings).confirmations,
    };
  }
  for (const { key, reason } of contradictions.filter(({ reason }) => reason === 'tiers-exceed-total')) {
    // A meter whose tariffs are no parts of the total is one for good; it is not reported with each reading.
    oddities.set(nameOf({ key, reason }), { key, reason, since: sample.arrivedAt, confirmations: 0, isAccepted: true });
  }
  const others = withCandidate(candidates, shape, undefined);
  const news = [...contradictions, ...values.filter((finding) => !isAccepted(finding))];
  return {
    meter: {
      ...before,
      registers: candidate
        ? afterConfirmed(before.registers, sample, candidate, settings)
        : afterGood(before.registers, sample, settings),
      oddities,
      candidates: candidate ? others : withoutRefuted(others, sample),
    },
    isPassed: true,
    hasMeasurements: true,
    held: [],
    accepted: news.filter(({ reason }) => !QUIET.has(reason)),
    confirmations: 0,
    needed: 0,
  };
}
