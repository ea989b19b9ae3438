import type { NodeMessage } from 'node-red';
import { checkLive, describeKey, plausibility, systemClock } from '../../src/internal.js';
import { MeterRoster } from './meter-roster.js';
import type { NodeContext } from './node-context.js';

/** Where in the node's context the last good readings are kept. */
const CONTEXT_KEY = 'lastGood';
/** What the meter's own numbers are exact to. */
const DECIMALS = 3;
/** The texts of the guard as every node finds them. */
const TEXTS = '@nes-meter/node-red-nes-meter/mep-plausibility:mep-plausibility';

/** What the report of an accepted value takes over from the reading that led to it. */
const KEPT = ['_msgid', 'topic', 'meter', 'table'] as const;

/** What `msg.plausibility` holds. */
interface Report extends plausibility.Finding {
  readonly result: 'held' | 'accepted';
  readonly unit: string | null;
  /** What happened and what to do, in the language of the runtime. */
  readonly text: string;
  /** Everything that was found, this first. */
  readonly findings: readonly plausibility.Finding[];
}

/** What becomes of a reading. */
export interface Guarded {
  readonly isPassed: boolean;
  /** What may be used; null where nothing is left. */
  readonly passed: NodeMessage | null;
  /** What is held back, or a report about it; null where there is nothing to report. */
  readonly reported: NodeMessage | null;
}

/** Lets only possible readings through. The meters whose readings pass it are kept in the node's context, by serial number. */
export class Guard {
  readonly #context: NodeContext;
  readonly #texts: string;
  readonly #settings: plausibility.PlausibilitySettings;
  readonly #roster: MeterRoster<plausibility.GuardedMeter, never>;
  readonly #counts = { passed: 0, held: 0 };
  readonly #loaded: Promise<void>;

  /**
   * Takes over what the node before this one knew.
   * @param texts where the texts are
   * @throws UsageError `bad-setting`
   */
  constructor(context: NodeContext, texts = TEXTS) {
    const { properties } = context;
    this.#context = context;
    this.#texts = texts;
    this.#settings = plausibility.plausibilitySettings(properties);
    this.#roster = new MeterRoster({
      ...{ context, clock: systemClock },
      contextKey: CONTEXT_KEY,
      idOf: ({ id }) => id,
      recall: plausibility.recall,
      remember: plausibility.remember,
      tally: () => ({}),
      onReplaced: (meter, by) => {
        // Without a serial number the next meter would be compared with this one.
        if (meter.id === '' || by === 'meter') this.#roster.delete(meter.id);
        else this.#roster.set(plausibility.disconnected(meter));
        return [];
      },
    });
    this.#loaded = this.#roster.load().catch((error: unknown) => {
      context.warn(error);
    });
  }

  /** Readings that passed, and that were held back, since the start. */
  get counts(): { readonly passed: number; readonly held: number } {
    return this.#counts;
  }

  /**
   * Takes a message that asks to accept what is held back of one meter, or of all: it is accepted with the next reading that
   * continues it.
   * @returns whether it is such a message
   */
  async approve(msg: NodeMessage): Promise<boolean> {
    const serial = plausibility.approvalRequest({ topic: msg.topic, payload: msg.payload });
    if (serial === undefined) return false;
    await this.#loaded;
    for (const meter of [...this.#roster.values()]) {
      if (serial === '' || serial === meter.id) this.#roster.set(plausibility.approveHeld(meter));
    }
    return true;
  }

  /**
   * Checks a decoded reading.
   * @returns undefined where the reading is not new, there is no room for another meter, or the node is closed
   * @throws UsageError `bad-payload`, `history-not-live`, `serial-too-long`, `stored-message`, `too-many-meters`
   */
  async receive(msg: NodeMessage): Promise<Guarded | undefined> {
    await this.#loaded;
    checkLive(msg);
    const verdict = this.#check(msg);
    if (verdict === undefined) return undefined;
    const { isPassed, hasMeasurements, held, accepted, confirmations, needed } = verdict;
    if (isPassed) return { isPassed, passed: msg, reported: this.#acceptedMessage(msg, accepted) };
    // Infinity, for what is never believed, would not survive JSON.
    const needs = Number.isFinite(needed) ? needed : null;
    const rest = hasMeasurements
      ? {
          ...msg,
          ...plausibility.withoutEnergy({ payload: msg.payload, registers: msg['registers'], table: msg['table'] }),
        }
      : null;
    const report = { ...this.#report('held', held), confirmations, needed: needs };
    return { isPassed, passed: rest, reported: Object.assign(msg, { plausibility: report }) };
  }

  /** @param isRemoved whether the node was deleted */
  close(isRemoved: boolean): Promise<void> {
    return this.#roster.close(isRemoved);
  }

  #check(msg: NodeMessage): plausibility.Verdict | undefined {
    const sample = plausibility.sampleOf(
      { payload: msg.payload, registers: msg['registers'], meter: msg['meter'], table: msg['table'] },
      { date: systemClock.date(), now: systemClock.now() },
    );
    const given = { payload: msg.payload, table: msg['table'] };
    if (!this.#roster.admit(sample.id, msg['meter']) || !this.#roster.isNew(sample.id, given)) return undefined;
    const verdict = plausibility.receiveSample(this.#roster.get(sample.id), sample, this.#settings);
    const isWorthKeeping = verdict.isPassed && (sample.registers.size > 0 || verdict.accepted.length > 0);
    this.#roster.setRead(verdict.meter, msg['meter'], isWorthKeeping);
    this.#counts[verdict.isPassed ? 'passed' : 'held'] += 1;
    return verdict;
  }

  #report(result: Report['result'], findings: readonly plausibility.Finding[]): Report | undefined {
    const [chief] = findings;
    if (chief === undefined) return undefined;
    const { reason, key, value, last, limit } = chief;
    const known = describeKey(key);
    const text = this.#context.text(`${this.#texts}.${result}.${reason}`, {
      label: known?.label ?? key,
      value: plain(value),
      last: plain(last),
      limit: plain(limit),
      unit: known?.unit ?? '',
    });
    return { result, reason, key, value, last, limit, unit: known?.unit ?? null, text, findings };
  }

  /** The report that values are accepted after all: a message of its own, beside the reading that passes. */
  #acceptedMessage(msg: NodeMessage, findings: readonly plausibility.Finding[]): NodeMessage | null {
    const accepted = this.#report('accepted', findings);
    if (accepted === undefined) return null;
    const kept = Object.fromEntries(KEPT.filter((name) => name in msg).map((name) => [name, msg[name]]));
    return { ...kept, payload: accepted.text, plausibility: accepted };
  }
}

function plain(value: number | null): number | string {
  return value === null ? '–' : Number(value.toFixed(DECIMALS));
}
