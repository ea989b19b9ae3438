import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { checkLive, describeKey, plausibility, systemClock } from '../src/internal.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';
import { MeterRoster } from './lib/meter-roster.js';

/** Where in the node's context the last good readings are kept. */
const CONTEXT_KEY = 'lastGood';
/** What the meter's own numbers are exact to. */
const DECIMALS = 3;

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

/** The meters whose readings pass this node, by serial number. */
class Guard {
  readonly #settings: plausibility.PlausibilitySettings;
  readonly roster: MeterRoster<plausibility.GuardedMeter, never>;
  readonly counts = { passed: 0, held: 0 };

  constructor(context: NodeContext) {
    const { properties } = context;
    this.#settings = plausibility.plausibilitySettings(properties);
    this.roster = new MeterRoster({
      ...{ context, clock: systemClock },
      contextKey: CONTEXT_KEY,
      idOf: ({ id }) => id,
      recall: plausibility.recall,
      remember: plausibility.remember,
      tally: () => ({}),
      onReplaced: (meter, by) => {
        // Without a serial number the next meter would be compared with this one.
        if (meter.id === '' || by === 'meter') this.roster.delete(meter.id);
        else this.roster.set(plausibility.disconnected(meter));
        return [];
      },
    });
  }

  /** @returns undefined where the reading is not new, there is no room for another meter, or the node is closed */
  check(msg: NodeMessageInFlow): plausibility.Verdict | undefined {
    const sample = plausibility.sampleOf(
      { payload: msg.payload, registers: msg['registers'], meter: msg['meter'], table: msg['table'] },
      { date: systemClock.date(), now: systemClock.now() },
    );
    const given = { payload: msg.payload, table: msg['table'] };
    if (!this.roster.admit(sample.id, msg['meter']) || !this.roster.isNew(sample.id, given)) return undefined;
    const verdict = plausibility.receiveSample(this.roster.get(sample.id), sample, this.#settings);
    const isWorthKeeping = verdict.isPassed && (sample.registers.size > 0 || verdict.accepted.length > 0);
    this.roster.setRead(verdict.meter, msg['meter'], isWorthKeeping);
    this.counts[verdict.isPassed ? 'passed' : 'held'] += 1;
    return verdict;
  }

  /** What is held back of one meter, or of all, is accepted with the next reading that continues it. */
  approve(serial: string): void {
    for (const meter of [...this.roster.values()]) {
      if (serial === '' || serial === meter.id) this.roster.set(plausibility.approveHeld(meter));
    }
  }
}

function plain(value: number | null): number | string {
  return value === null ? '–' : Number(value.toFixed(DECIMALS));
}

function report(
  context: NodeContext,
  result: Report['result'],
  findings: readonly plausibility.Finding[],
): Report | undefined {
  const [chief] = findings;
  if (chief === undefined) return undefined;
  const { reason, key, value, last, limit } = chief;
  const known = describeKey(key);
  const text = context.text(`mep-plausibility.${result}.${reason}`, {
    label: known?.label ?? key,
    value: plain(value),
    last: plain(last),
    limit: plain(limit),
    unit: known?.unit ?? '',
  });
  return { result, reason, key, value, last, limit, unit: known?.unit ?? null, text, findings };
}

/** The report that values are accepted after all: a message of its own, beside the reading that passes. */
function acceptedMessage(
  context: NodeContext,
  msg: NodeMessageInFlow,
  findings: readonly plausibility.Finding[],
): NodeMessage | null {
  const accepted = report(context, 'accepted', findings);
  if (accepted === undefined) return null;
  const kept = Object.fromEntries(KEPT.filter((name) => name in msg).map((name) => [name, msg[name]]));
  return { ...kept, payload: accepted.text, plausibility: accepted };
}

function showCounts(context: NodeContext, { passed, held }: Guard['counts'], isPassed: boolean): void {
  if (isPassed) context.status.show('green', 'dot', 'mep-plausibility.status.counts', { passed, held });
  else context.status.show('yellow', 'ring', 'mep-plausibility.status.counts', { passed, held });
}

function start(context: NodeContext): void {
  const guard = new Guard(context);
  const loaded = guard.roster.load().catch((error: unknown) => {
    context.warn(error);
  });
  context.status.show('grey', 'ring', 'mep-plausibility.status.waiting');

  onInput(context, async (msg, send) => {
    await loaded;
    const approved = plausibility.approvalRequest({ topic: msg.topic, payload: msg.payload });
    if (approved !== undefined) {
      guard.approve(approved);
      return;
    }
    checkLive(msg);
    const verdict = guard.check(msg);
    if (verdict === undefined) return;
    const { isPassed, hasMeasurements, held, accepted, confirmations, needed } = verdict;
    showCounts(context, guard.counts, isPassed);
    if (isPassed) {
      send([msg, acceptedMessage(context, msg, accepted)]);
      return;
    }
    // Infinity, for what is never believed, would not survive JSON.
    const needs = Number.isFinite(needed) ? needed : null;
    const rest = hasMeasurements
      ? {
          ...msg,
          ...plausibility.withoutEnergy({ payload: msg.payload, registers: msg['registers'], table: msg['table'] }),
        }
      : null;
    send([
      rest,
      Object.assign(msg, { plausibility: { ...report(context, 'held', held), confirmations, needed: needs } }),
    ]);
  });
  onClose(context, (isRemoved) => guard.roster.close(isRemoved));
}

/** Lets only possible readings through; what is held back, and what is believed after all, leaves on the second output. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-plausibility', start);
}
