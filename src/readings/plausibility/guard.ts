import type { Finding, Reason } from './finding.js';
import { gravest } from './finding.js';
import type { Candidate, KnownRegisters } from './registers.js';
import { advance, afterConfirmed, afterGood, afterHeld, judgeRegisters, judgeTiers } from './registers.js';
import type { Sample } from './sample.js';
import type { PlausibilitySettings } from './settings.js';
import { judgeValues } from './values.js';

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
}

export interface Verdict {
  readonly meter: GuardedMeter;
  /** Whether the reading is let through. */
  readonly isPassed: boolean;
  /** What keeps it back, the gravest first; empty when it is let through. */
  readonly held: readonly Finding[];
  /** What was contradictory, has stayed, and is believed from now on; people should hear of it. */
  readonly accepted: readonly Finding[];
  /** How often what keeps it back has come again, and how often it must. */
  readonly confirmations: number;
  readonly needed: number;
}

interface Patience {
  readonly confirmations: number;
  readonly seconds: number;
}

/** A flow that reads ever other parts of a table does not fill the memory. */
const MOST_CANDIDATES = 16;
/**
 * So many times the usual number of confirmations is enough even for readings that rise faster than they should: the fuse
 * is set too small, or the meter is new and everything in it still rises by a tenth.
 */
const MOST_PATIENCE = 3;
/** Possible, or at least not contradictory: nothing that people need to hear of once it is confirmed. */
const QUIET: ReadonlySet<Reason> = new Set(['first-reading', 'long-gap', 'large-rise']);

/** By what an oddity is found again. */
const nameOf = ({ reason, key }: Pick<Finding, 'reason' | 'key'>): string => `${reason} ${key}`;

/** What it takes to believe a finding. */
function patienceFor(reason: Reason, { confirmations, confirmSeconds }: PlausibilitySettings): Patience {
  switch (reason) {
    case 'not-a-number':
    case 'nothing-counted':
      return { confirmations: Infinity, seconds: Infinity };
    case 'first-reading':
    case 'long-gap':
      return { confirmations: 1, seconds: 0 };
    case 'large-rise':
      return { confirmations, seconds: 0 };
    default:
      return { confirmations, seconds: confirmSeconds };
  }
}

function isMet({ confirmations, seconds }: Patience, seen: number, since: number, now: number): boolean {
  return seen >= confirmations && now - since >= seconds * 1000;
}

function judgeOddities(
  known: GuardedMeter['oddities'],
  findings: readonly Finding[],
  sample: Sample,
  settings: PlausibilitySettings,
): Map<string, Oddity> {
  // What this reading does not speak of stays as it was; what it shows to be in order is forgotten.
  const oddities = new Map([...known].filter(([, oddity]) => !sample.values.has(oddity.key)));
  for (const { key, reason } of findings) {
    const name = nameOf({ key, reason });
    const before = known.get(name);
    const since = before?.since ?? sample.arrivedAt;
    const confirmations = before === undefined ? 0 : before.confirmations + 1;
    const hasStayed = isMet(patienceFor(reason, settings), confirmations, since, sample.arrivedAt);
    oddities.set(name, { key, reason, since, confirmations, isAccepted: before?.isAccepted === true || hasStayed });
  }
  return oddities;
}

function judgeCandidate(
  known: Candidate | undefined,
  findings: readonly Finding[],
  sample: Sample,
  settings: PlausibilitySettings,
): { candidate: Candidate | undefined; isConfirmed: boolean } {
  if (findings.length === 0) return { candidate: undefined, isConfirmed: true };
  const patiences = findings.map(({ reason }) => patienceFor(reason, settings));
  // Zeros say nothing, not even that an earlier candidate was wrong.
  if (patiences.some(({ confirmations }) => confirmations === Infinity))
    return { candidate: known, isConfirmed: false };
  const candidate = advance(known, sample, settings);
  const { confirmations, followers, since } = candidate;
  const isConfirmed = patiences.every(
    (patience) =>
      isMet(patience, confirmations, since, sample.arrivedAt) ||
      isMet({ ...patience, confirmations: MOST_PATIENCE * settings.confirmations }, followers, since, sample.arrivedAt),
  );
  return { candidate, isConfirmed };
}

function withCandidate(
  candidates: GuardedMeter['candidates'],
  shape: string,
  candidate: Candidate | undefined,
): GuardedMeter['candidates'] {
  const others = [...candidates].filter(([name]) => name !== shape).slice(1 - MOST_CANDIDATES);
  return new Map(candidate === undefined ? others : [...others, [shape, candidate]]);
}

const NEVER_SEEN: Omit<GuardedMeter, 'id'> = { registers: new Map(), oddities: new Map(), candidates: new Map() };

/**
 * Judges a reading and remembers what follows from it. A reading is let through when nothing in it is impossible, or when
 * what seemed so has stayed; otherwise all of it is held back, as nobody knows what else in it is wrong.
 * @param known what the reading before gave, or `recall`; undefined for a meter never seen
 */
export function receiveSample(
  known: GuardedMeter | undefined,
  sample: Sample,
  settings: PlausibilitySettings,
): Verdict {
  const before = known ?? { ...NEVER_SEEN, id: sample.id };
  const isAccepted = (finding: Finding): boolean => before.oddities.get(nameOf(finding))?.isAccepted === true;
  const values = judgeValues(sample, settings);
  const tiers = judgeTiers(before.registers, sample, settings);
  const oddities = judgeOddities(before.oddities, [...values, ...tiers.filter(isAccepted)], sample, settings);
  const open = values.filter((finding) => oddities.get(nameOf(finding))?.isAccepted !== true);

  const contradictions = [
    ...judgeRegisters(before.registers, sample, settings),
    ...tiers.filter((finding) => !isAccepted(finding)),
  ];
  const shape = [...sample.registers.keys()].join();
  const { candidate, isConfirmed } = judgeCandidate(before.candidates.get(shape), contradictions, sample, settings);
  const candidates = withCandidate(before.candidates, shape, candidate);

  const held = [...open, ...(isConfirmed ? [] : contradictions)];
  const chief = gravest(held);
  if (chief !== undefined) {
    return {
      meter: { id: before.id, registers: afterHeld(before.registers, sample), oddities, candidates },
      isPassed: false,
      held: [chief, ...held.filter((finding) => finding !== chief)],
      accepted: [],
      confirmations: oddities.get(nameOf(chief))?.confirmations ?? candidate?.confirmations ?? 0,
      needed: patienceFor(chief.reason, settings).confirmations,
    };
  }
  for (const { key, reason } of contradictions.filter(({ reason }) => reason === 'tiers-exceed-total')) {
    // A meter whose tariffs are no parts of the total is one for good; it need not say so with each reading.
    oddities.set(nameOf({ key, reason }), { key, reason, since: sample.arrivedAt, confirmations: 0, isAccepted: true });
  }
  const news = [...contradictions, ...values.filter((finding) => !isAccepted(finding))];
  return {
    meter: {
      id: before.id,
      registers: candidate
        ? afterConfirmed(before.registers, sample, candidate, settings)
        : afterGood(before.registers, sample, settings),
      oddities,
      candidates: withCandidate(candidates, shape, undefined),
    },
    isPassed: true,
    held: [],
    accepted: news.filter(({ reason }) => !QUIET.has(reason)),
    confirmations: 0,
    needed: 0,
  };
}
