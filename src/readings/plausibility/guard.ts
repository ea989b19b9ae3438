import { isMeasurement } from '../keys.js';
import type { Finding, Reason } from './finding.js';
import { gravest } from './finding.js';
import type { Candidate, KnownRegisters } from './registers.js';
import {
  advance,
  afterConfirmed,
  afterGood,
  afterHeld,
  checkRegisters,
  isFarFall,
  isSafeRise,
  isStuck,
} from './registers.js';
import { isEnergy, type Sample } from './sample.js';
import { acceptsEarly, type PlausibilitySettings, SHORT_WAIT_S } from './settings.js';
import { checkFall, checkTiers } from './tiers.js';
import { checkValues } from './values.js';

/** A finding on a reading by itself that repeats with each reading. */
export interface Oddity {
  readonly key: string;
  readonly reason: Reason;
  readonly since: number;
  readonly confirmations: number;
  /** It was repeated for long enough to be accepted as a property of the meter. */
  readonly isAccepted: boolean;
}

/** The state of one meter. */
export interface GuardedMeter {
  readonly id: string;
  readonly registers: KnownRegisters;
  readonly oddities: ReadonlyMap<string, Oddity>;
  /** By the set of registers in a reading: partial and whole readings are confirmed separately. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  /** Set where the connection has ended since the last reading of registers. */
  readonly isDisconnected?: true;
}

export interface Verdict {
  readonly meter: GuardedMeter;
  /** Whether the reading is accepted. */
  readonly isPassed: boolean;
  /** Whether a reading that is held back has measurements that may be passed on without its energy. */
  readonly hasMeasurements: boolean;
  /** The findings that hold it back, the gravest first; empty when it is accepted. */
  readonly held: readonly Finding[];
  /** Findings that were repeated and are accepted from now on; they are reported to the user. */
  readonly accepted: readonly Finding[];
  /** Confirmations so far of a reading that is held back, and the number that is required. */
  readonly confirmations: number;
  readonly needed: number;
}

/** Confirmations and time that a finding needs before it is accepted. */
interface Confirmation {
  readonly confirmations: number;
  readonly seconds: number;
}

/** Bounds the memory where a flow reads ever different parts of a table. */
const MAX_CANDIDATES = 16;
/**
 * This multiple of the usual number of confirmations is enough even for readings that rise too fast, as where the fuse
 * is set too small, unless the newest of them rose by more than a ninth: those may be the wrong ones.
 */
const MAX_CONFIRMATION_FACTOR = 3;
/** Findings that are not contradictory; they are not reported once they are confirmed. */
const QUIET: ReadonlySet<Reason> = new Set(['first-reading', 'long-gap', 'large-rise']);

/** Identifies a finding over several readings. */
const nameOf = ({ reason, key }: Pick<Finding, 'reason' | 'key'>): string => `${reason} ${key}`;

const NEVER: Confirmation = { confirmations: Infinity, seconds: Infinity };
/** Findings on values that are no evidence at all: they do not even contradict an earlier candidate. */
const MEANINGLESS: ReadonlySet<Reason> = new Set(['not-a-number', 'nothing-counted']);
/** Findings that concern one reading only: another reading of the same registers does not contradict them. */
const UNCOMPARED: ReadonlySet<Reason> = new Set(['first-reading', 'long-gap', 'large-rise']);

/**
 * kWh: a register above this can only have been read from the meter, as readers that count by themselves start at zero.
 */
const LARGE_REGISTER = 100;

/** Whether a key names energy taken from the grid, of all tariffs or one; the total of both directions counts it too. */
const isBought = (key: string): boolean => /^(?:tier\dA|a)ctiveEnergy(?:Import|Total)$/.test(key);

/**
 * Whether a large register of a reading continues from its last value, which shows that the reader has read the meter.
 */
function hasReadRegisters({ registers }: Sample, findings: readonly Finding[]): boolean {
  return [...registers].some(([key, value]) => value >= LARGE_REGISTER && !findings.some((one) => one.key === key));
}

/**
 * The confirmations that a finding needs. Findings whose whole rise would be booked as energy need the most.
 * @param isRead see `hasReadRegisters`
 */
function confirmationFor(
  { reason, key, value, last }: Finding,
  settings: PlausibilitySettings,
  isRead = false,
): Confirmation {
  const { confirmations, confirmSeconds } = settings;
  const soon = { confirmations, seconds: Math.min(confirmSeconds, SHORT_WAIT_S) };
  switch (reason) {
    case 'not-a-number':
    case 'nothing-counted':
    case 'unit-changed':
    case 'came-back':
      return NEVER;
    case 'below-tiers':
      return acceptsEarly(settings) ? soon : NEVER;
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
      return (!isRead || isBought(key)) && isFarFall(value ?? 0, last ?? 0)
        ? { confirmations, seconds: confirmSeconds }
        : soon;
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
  // Findings on keys that this reading does not have are kept; findings that it does not repeat are dropped, except on
  // tariffs, which exceed their total only where both have counted.
  const isLasting = ({ reason, isAccepted }: Oddity): boolean => reason === 'tiers-exceed-total' && isAccepted;
  const kept = [...known].filter(([, oddity]) => isLasting(oddity) || !sample.values.has(oddity.key));
  const oddities = new Map(kept);
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
  const mustCount = isApproved !== true && !acceptsEarly(settings);
  if (mustCount && isStuck(candidate, sample, findings)) return { candidate, isConfirmed: false };
  const isRead = hasReadRegisters(sample, findings);
  const isSafe = isSafeRise(candidate, sample, settings);
  const required = isApproved === true ? [] : findings.map((finding) => confirmationFor(finding, settings, isRead));
  const isConfirmed = required.every(
    (each) =>
      isMet(each, confirmations, since, sample.arrivedAt) ||
      (isSafe &&
        isMet(
          {
            ...each,
            confirmations: Math.max(each.confirmations, MAX_CONFIRMATION_FACTOR * settings.confirmations),
          },
          followers,
          since,
          sample.arrivedAt,
        )),
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

/** Drops candidates that contradict a register which continues from its last value in this reading. */
function uncontradicted(candidates: GuardedMeter['candidates'], { registers }: Sample): GuardedMeter['candidates'] {
  return new Map([...candidates].filter(([, { contradicted }]) => !contradicted.some((key) => registers.has(key))));
}

/**
 * Whether a reading has measurements beside its held-back energy, other than the zeros of a reader that has read
 * nothing.
 */
function hasMeasurements({ values }: Sample, held: readonly Finding[]): boolean {
  if (!held.every(({ key }) => isEnergy(key))) return false;
  const measured = [...values].filter(([key]) => isMeasurement(key)).map(([, value]) => value);
  const isUnread = held.some(({ reason }) => reason === 'nothing-counted') && measured.every((value) => value === 0);
  return measured.length > 0 && !isUnread;
}

/**
 * A meter whose held-back reading the user has confirmed: the next reading that continues from it is accepted.
 * Zeros and values that are no numbers are never accepted.
 */
export function approveHeld(meter: GuardedMeter): GuardedMeter {
  const approved = [...meter.candidates].map(
    ([shape, each]) => [shape, { ...each, isApproved: true as const }] as const,
  );
  return { ...meter, candidates: new Map(approved) };
}

/**
 * A meter whose connection has ended or was changed: nothing is held back any more, and a reading that does not
 * continue its registers is the first one of another meter with this serial number.
 */
export function disconnected(meter: GuardedMeter): GuardedMeter {
  return { ...meter, candidates: new Map(), isDisconnected: true };
}

/** The state to compare a reading with: after the connection ended only registers that the reading continues. */
function comparable(known: GuardedMeter, sample: Sample, settings: PlausibilitySettings): GuardedMeter {
  if (known.isDisconnected !== true || sample.registers.size === 0) return known;
  const goesOn = checkRegisters(known.registers, sample, settings).every(({ reason }) => QUIET.has(reason));
  const { id, oddities, candidates } = known;
  return { id, oddities, candidates, registers: goesOn ? known.registers : new Map() };
}

/** Findings on registers. A total whose tariffs were accepted as no parts of it is not compared with them. */
function comparisons({ registers, oddities }: GuardedMeter, sample: Sample, settings: PlausibilitySettings): Finding[] {
  const hasTiers = ({ key }: Finding): boolean =>
    oddities.get(nameOf({ reason: 'tiers-exceed-total', key }))?.isAccepted !== true;
  const findings = checkRegisters(registers, sample, settings);
  const ofTiers = findings.filter(hasTiers).map((finding) => checkFall(finding, registers, sample));
  return [...findings, ...ofTiers.filter((finding) => finding !== undefined)];
}

const NEVER_SEEN: Omit<GuardedMeter, 'id'> = { registers: new Map(), oddities: new Map(), candidates: new Map() };

/**
 * Checks a reading and updates the state of its meter. A reading is accepted when it has no findings, or when its
 * findings were confirmed; otherwise its energy is held back, and the whole reading when a measurement is impossible.
 * @param known the state after the previous reading, or from `recall`; undefined for a new meter
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

  const contradictions = [...comparisons(before, sample, settings), ...tiers.filter((finding) => !isAccepted(finding))];
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
      needed: Math.max(...held.map((finding) => confirmationFor(finding, settings).confirmations)),
    };
  }
  for (const { key, reason } of contradictions.filter(({ reason }) => reason === 'tiers-exceed-total')) {
    // Tariffs that are no parts of their total are a lasting property of the meter, not reported with each reading.
    oddities.set(nameOf({ key, reason }), { key, reason, since: sample.arrivedAt, confirmations: 0, isAccepted: true });
  }
  const others = withCandidate(candidates, shape, undefined);
  const reported = [...contradictions, ...values.filter((finding) => !isAccepted(finding))];
  return {
    meter: {
      ...before,
      registers: candidate
        ? afterConfirmed(before.registers, sample, candidate, settings)
        : afterGood(before.registers, sample, settings),
      oddities,
      candidates: candidate ? others : uncontradicted(others, sample),
    },
    isPassed: true,
    hasMeasurements: true,
    held: [],
    accepted: reported.filter(({ reason }) => !QUIET.has(reason)),
    confirmations: 0,
    needed: 0,
  };
}
