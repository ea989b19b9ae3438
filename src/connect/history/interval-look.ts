import {
  isRecording,
  type IntervalCursor,
  type IntervalStep,
  type NextInterval,
  type ProfileSpan,
  readIntervals,
} from '../../history/index.js';
import { isFields } from '../../readings/index.js';
import type { HistoryLook, HistoryPart } from './look.js';
import { type HistoryMemory, withEntry } from './memory.js';
import { type ProfileAccess, SetupChanged } from './profile-access.js';
import type { ProfileSetup } from './profile-setup.js';
import { daysBetween, type HistoryNews, type HistoryNote, type HistoryRecord, meterOf, tableOf } from './records.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Position in the intervals of a data set. */
interface IntervalEntry {
  readonly setup: string;
  readonly cursor: IntervalCursor;
  /** End of the last interval that was returned. */
  readonly end: string | null;
  readonly isOff: boolean;
}

/** A load profile that was found, with the set-up that was read for it. */
type Found = ProfileSetup & { readonly profile: NonNullable<ProfileSetup['profile']> };

/** Looks for intervals: those that are new, or those of a span of time. */
export class IntervalLooks {
  readonly #access: ProfileAccess;
  /** The report that was made last. */
  #reported = '';

  constructor(access: ProfileAccess) {
    this.#access = access;
  }

  /**
   * @returns what was found, one response of the meter at a time
   * @throws what the source throws; DecodeError where the data contradict the set-up
   */
  async *look(memory: HistoryMemory, options: HistoryLook): AsyncGenerator<HistoryPart, void> {
    let now = memory;
    for (;;) {
      const setup = await this.#access.setup(options.signal);
      const run = this.#run(now, setup, options);
      try {
        for await (const part of run) {
          now = part.memory;
          yield part;
        }
        return;
      } catch (error) {
        if (!(error instanceof SetupChanged)) throw error;
      }
    }
  }

  async *#run(memory: HistoryMemory, setup: ProfileSetup, options: HistoryLook): AsyncGenerator<HistoryPart, void> {
    const serial = setup.meter.serial ?? '';
    const news: HistoryNews[] = [];
    if (memory.meter !== null && memory.meter !== serial) news.push({ reason: 'meter-changed', lost: null });
    if (!isFound(setup)) {
      const { reason = 'no-profile' } = setup;
      const notes = [...newsNotes(news), ...this.#report({ topic: 'profile', payload: { reason } })];
      yield { records: [], notes, memory: { ...memory, meter: serial } };
      return;
    }
    yield* this.#intervals(new IntervalRun(memory, setup, options, news), setup, options);
  }

  async *#intervals(run: IntervalRun, setup: Found, options: HistoryLook): AsyncGenerator<HistoryPart, void> {
    const { signal } = options;
    if (setup.isDisabled && run.isFirst) {
      const notes = this.#report({ topic: 'profile', payload: { reason: 'switched-off' } });
      yield { records: [], notes: [...run.takeNews(), ...notes], memory: run.memory };
      return;
    }
    const isDue = options.isReportDue === true || !this.#reported.includes(setup.fingerprint);
    // A look at everything finds the time that is covered without further reads.
    const isFoundAnyway = run.isFirst && options.start === 'everything' && options.span === undefined;
    if (isDue && !isFoundAnyway) {
      yield { records: [], notes: await this.#profileNotes(setup, signal), memory: run.memory };
    }
    const steps = readIntervals(setup.profile, run.readerOptions());
    let step = steps.next().value as IntervalStep;
    let isFirstRequest = true;
    const ends: { oldest?: unknown; newest?: unknown } = {};
    let count = 0;
    for (;;) {
      const part = run.part(step);
      count += part.records.length;
      ends.oldest ??= part.records[0]?.history['start'];
      ends.newest = part.records.at(-1)?.history['end'] ?? ends.newest;
      if (part.records.length > 0 || part.notes.length > 0 || part.memory !== run.former) yield part;
      if (step.request === undefined) break;
      const isStatus = isFirstRequest;
      step = await this.#access.next(steps, step.request, signal, (bytes) => {
        if (isStatus) run.noteStatus(bytes);
      });
      isFirstRequest = false;
    }
    if (isDue && isFoundAnyway) {
      const { oldest, newest } = ends;
      const isKnown = typeof oldest === 'string' && typeof newest === 'string';
      const notes = isKnown
        ? this.#report(profileNote(setup, { oldest, newest }), setup.fingerprint)
        : await this.#profileNotes(setup, signal);
      yield { records: [], notes, memory: run.memory };
    }
    const isEmptySpan = options.span !== undefined && count === 0;
    if (isEmptySpan) yield { records: [], notes: await this.#profileNotes(setup, signal, true), memory: run.memory };
  }

  async #profileNotes(setup: Found, signal: AbortSignal | undefined, isAlways = false): Promise<HistoryNote[]> {
    const note = profileNote(setup, await this.#access.span(setup.profile, signal));
    if (isAlways) this.#reported = '';
    return this.#report(note, setup.fingerprint);
  }

  /** Nothing where the same was reported last. */
  #report(note: HistoryNote, fingerprint = ''): HistoryNote[] {
    const text = `${fingerprint} ${JSON.stringify(note)}`;
    const isNew = text !== this.#reported;
    this.#reported = text;
    return isNew ? [note] : [];
  }
}

/** One look under one set-up. */
class IntervalRun {
  readonly #setup: Found;
  readonly #options: HistoryLook;
  readonly #key: string;
  readonly #isFollowing: boolean;
  readonly #table: string;
  #entry: IntervalEntry | undefined;
  #news: HistoryNews[];
  /** Losses whose end is known with the next interval. */
  #losses: HistoryNews['reason'][] = [];
  #lastEnd: string | null;
  /** Whether a cursor was moved before this look. */
  readonly isFirst: boolean;
  memory: HistoryMemory;
  /** The memory before the last part. */
  former: HistoryMemory;

  constructor(memory: HistoryMemory, setup: Found, options: HistoryLook, news: readonly HistoryNews[]) {
    const serial = setup.meter.serial ?? '';
    this.#setup = setup;
    this.#options = options;
    this.#table = setup.profile.table;
    this.#key = `intervals ${setup.profile.dataSet} ${serial}`;
    this.#news = [...news];
    const known = entryOf(memory.entries[this.#key]);
    this.isFirst = known === undefined;
    this.#lastEnd = known?.end ?? null;
    const isChanged = known !== undefined && known.setup !== setup.fingerprint;
    if (isChanged) this.#losses.push('reconfigured');
    this.#entry = isChanged
      ? { setup: setup.fingerprint, cursor: NO_CURSOR, end: known.end, isOff: known.isOff }
      : known;
    this.#isFollowing = !isChanged && known !== undefined && known.cursor.seen !== null;
    this.memory = memory.meter === serial ? memory : { ...memory, meter: serial };
    this.former = memory;
  }

  readerOptions(): Parameters<typeof readIntervals>[1] {
    const { span, start } = this.#options;
    // The interval before a span gives the difference of the first one in it.
    if (span) return { from: span.from - this.#setup.profile.minutes * MINUTE_MS, to: span.to };
    if (this.#entry) return { cursor: this.#entry.cursor };
    if (start === 'everything') return {};
    return { back: start === 'now' ? 0 : start.days * DAY_MS };
  }

  /** Notes from the state of the data set whether it is still being recorded. */
  noteStatus(bytes: Uint8Array): void {
    const isOff = !isRecording(bytes) || this.#setup.isDisabled;
    if (!this.#entry || this.#options.span || isOff === this.#entry.isOff) return;
    this.#entry = { ...this.#entry, isOff };
    if (isOff) this.#news.push({ reason: 'switched-off', lost: null });
  }

  takeNews(): HistoryNote[] {
    return newsNotes(this.#news.splice(0));
  }

  /** The records of a step, with the memory after them. */
  part({ records, lost, cursor, request }: IntervalStep): HistoryPart {
    const { span } = this.#options;
    for (const { reason } of lost) this.#losses.push(reason === 'reset' ? 'reconfigured' : reason);
    const wanted = span ? records.filter(({ history }) => Date.parse(history.start) >= span.from) : records;
    this.#noteLosses(wanted[0]?.history.start, request === undefined);
    if (
      !span &&
      wanted.some(({ history: { flags } }) => flags.includes('clock-forward') || flags.includes('clock-back'))
    )
      this.#news.push({ reason: 'clock-set', lost: null });
    this.#lastEnd = wanted.at(-1)?.history.end ?? this.#lastEnd;
    this.former = this.memory;
    // Without an entry the next look would begin as the first one does: at a time, not at an interval.
    const isBegun = this.#entry !== undefined || wanted.length > 0 || request === undefined;
    if (!span && isBegun) this.#store(cursor);
    return { records: wanted.map((record) => this.#message(record)), notes: this.takeNews(), memory: this.memory };
  }

  #store({ block, interval, seen, last }: IntervalCursor): void {
    const cursor = { block, interval, seen, last };
    const entry = { setup: this.#setup.fingerprint, cursor, end: this.#lastEnd, isOff: this.#entry?.isOff ?? false };
    const known = entryOf(this.memory.entries[this.#key]);
    const isSame = JSON.stringify(entry) === JSON.stringify(known);
    this.#entry = entry;
    if (!isSame) this.memory = withEntry(this.memory, this.#setup.meter.serial ?? '', this.#key, { ...entry });
  }

  #noteLosses(nextStart: string | undefined, isLast: boolean): void {
    if (this.#losses.length === 0 || (nextStart === undefined && !isLast)) return;
    const from = this.#lastEnd;
    const isKnown = from !== null && nextStart !== undefined && from < nextStart;
    const lost = isKnown ? { from, to: nextStart } : null;
    for (const reason of new Set(this.#losses.splice(0))) this.#news.push({ reason, lost });
  }

  #message({ payload, registers, history, more }: NextInterval): HistoryRecord {
    return {
      topic: 'interval',
      payload,
      registers,
      history: { ...history, backfill: !this.#isFollowing || this.#options.span !== undefined, more },
      table: tableOf(this.#table, history.end),
      meter: meterOf(this.#setup.meter),
    };
  }
}

function profileNote({ profile }: Found, { oldest, newest }: ProfileSpan): HistoryNote {
  const { dataSet, minutes, blocks } = profile;
  const channels = profile.channels.map(({ channel, source, key, name, unit }) => {
    return { channel, source, key, name, unit };
  });
  const days = daysBetween(oldest, newest);
  return { topic: 'profile', payload: { dataSet, minutes, channels, blocks, oldest, newest, days } };
}

const NO_CURSOR: IntervalCursor = { block: -1, interval: -1, seen: null, last: {} };

function isFound(setup: ProfileSetup): setup is Found {
  return setup.profile !== undefined;
}

function newsNotes(news: readonly HistoryNews[]): HistoryNote[] {
  return news.map((payload) => ({ topic: 'news', payload }));
}

/** An entry as it was kept; undefined where it cannot be used. */
function entryOf(kept: unknown): IntervalEntry | undefined {
  if (!isFields(kept) || !isFields(kept['cursor'])) return undefined;
  const { setup, cursor, end, isOff } = kept;
  const { block, interval, seen, last } = cursor;
  if (typeof setup !== 'string' || !isWhole(block) || !isWhole(interval) || !isFields(last)) return undefined;
  const totals = Object.entries(last).filter(([, total]) => {
    return isFields(total) && typeof total['raw'] === 'number' && typeof total['end'] === 'number';
  }) as [string, { raw: number; end: number }][];
  const isSeen = isFields(seen) && isWhole(seen['sequence']) && isWhole(seen['intervals']);
  return {
    setup,
    cursor: {
      block,
      interval,
      seen: isSeen ? { sequence: Number(seen['sequence']), intervals: Number(seen['intervals']) } : null,
      last: Object.fromEntries(totals),
    },
    end: typeof end === 'string' ? end : null,
    isOff: isOff === true,
  };
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}
