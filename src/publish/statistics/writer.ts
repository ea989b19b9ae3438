import { UsageError } from '../../errors.js';
import { badPayload, type Fields, fieldsOf, isFields } from '../../readings/index.js';
import type { FormatMessage } from '../format.js';
import type { HistoryEntry } from '../history-entry.js';
import type { HistoryWriter, Written } from '../history-writer.js';
import { HOUR_MS, withHour, withInterval } from './hours.js';
import { planRows, type StatisticsRow } from './plan.js';
import { type AllSeries, confirm, confirmedRows, rememberSeries, type Series, withHours } from './series.js';
import { STATISTIC_KEYS, type StatisticsSettings } from './settings.js';

/** Rows that are on their way to a statistic. */
interface Import {
  readonly statisticId: string;
  readonly rows: readonly StatisticsRow[];
}

/** Messages that `ha-api` has not answered yet, by the number in their `msg.statistics`. */
interface Waiting {
  readonly since: number;
  /** A question, with the oldest hour that it asked for. */
  readonly questions: ReadonlyMap<number, number>;
  readonly imports: ReadonlyMap<number, Import>;
}

interface State {
  readonly settings: StatisticsSettings;
  readonly series: AllSeries;
  /** Of the last message; not one of an earlier start. */
  readonly number: number;
  readonly waiting: Waiting | undefined;
}

/** An interval whose total is right and whose end is a full hour by the meter's clock. */
const GOOD = new Set(['ok', 'power-fail', 'clock-set']);
/** Longer ones would put a day's energy into one hour. */
const MAX_MINUTES = 60;
/** Without an answer for so long, Home Assistant was not there: the question is asked again. */
const ANSWER_MS = 60_000;
/** How far back the row before the oldest hour is looked for at first. */
const LOOK_BACK_MS = 40 * 24 * HOUR_MS;
/** Rows in one message. */
const MAX_ROWS = 720;

/**
 * Imports each full hour. Before an import Home Assistant is asked for the rows that it has, so that each hour continues
 * from them; the answers come back through the input.
 */
export function statisticsWriter(series: AllSeries, settings: StatisticsSettings): HistoryWriter {
  return writerOf({ settings, series, number: 0, waiting: undefined });
}

function writerOf(state: State): HistoryWriter {
  return {
    kept: rememberSeries(state.series),
    write: (entries, now) =>
      ask({ ...state, series: entries.reduce(withEntry(state.settings), state.series) }, now.getTime()),
    reply: (msg, now) => reply(state, msg, now.getTime()),
  };
}

function withEntry(settings: StatisticsSettings): (all: AllSeries, entry: HistoryEntry) => AllSeries {
  return (all, entry) => {
    const { kind, minutes, at, quality } = entry;
    if (kind !== 'interval') throw badPayload('statistics are made of intervals: choose them in mep-history');
    if (minutes > MAX_MINUTES) throw badPayload(`intervals of ${minutes} minutes are longer than an hour`);
    const next = new Map(all);
    for (const key of STATISTIC_KEYS) {
      if (entry.values[key] === undefined) continue;
      const target = settings.targetOf(key, entry);
      if (target === undefined) continue;
      const known = all.get(target.statisticId) ?? {
        ...target,
        hours: [],
        part: undefined,
        confirmed: [],
        confirmedAt: 0,
      };
      const total = GOOD.has(quality) ? (entry.values[key] ?? null) : null;
      const { part, hour } = withInterval(known.part, { end: at, minutes, total, used: entry.used[key] ?? null });
      const changed = { ...known, ...target, part };
      next.set(target.statisticId, hour === undefined ? changed : withHours(changed, withHour(known.hours, hour)));
    }
    return next;
  };
}

/** Asks for the rows around the hours that wait, unless an answer is still to come. */
function ask(state: State, now: number, from?: number): Written {
  const { waiting, series } = state;
  const isAsked = waiting !== undefined && Math.abs(now - waiting.since) < ANSWER_MS;
  const wanted = [...series.values()].filter(({ hours }) => isDue(hours[0]?.start, now));
  if (isAsked || wanted.length === 0) return { writer: writerOf(state), messages: [] };
  const oldest = Math.min(...wanted.flatMap(({ hours }) => hours[0]?.start ?? []));
  const since = from ?? Math.max(0, oldest - LOOK_BACK_MS);
  const number = Math.max(state.number + 1, now);
  const data = {
    type: 'recorder/statistics_during_period',
    start_time: new Date(since).toISOString(),
    statistic_ids: wanted.map(({ statisticId }) => statisticId),
    period: 'hour',
    types: ['state', 'sum'],
    units: { energy: 'kWh' },
  };
  return {
    writer: writerOf({
      ...state,
      number,
      waiting: { since: now, questions: new Map([[number, since]]), imports: new Map() },
    }),
    messages: [messageOf(number, data)],
  };
}

function isDue(start: number | undefined, now: number): boolean {
  return start !== undefined && start + HOUR_MS <= now;
}

function messageOf(number: number, data: object): FormatMessage & { statistics: object } {
  return { payload: { protocol: 'websocket', data }, statistics: { number } };
}

/** What `ha-api` gave for a message of ours: it keeps `msg.statistics`. */
function reply(state: State, msg: Fields, now: number): Written | undefined {
  const { number } = fieldsOf(msg['statistics']);
  if (typeof number !== 'number') return undefined;
  const { waiting } = state;
  const from = waiting?.questions.get(number);
  if (from !== undefined) return importFrom({ ...state, waiting: undefined }, from, msg['payload'], now);
  const done = waiting?.imports.get(number);
  const known = done === undefined ? undefined : state.series.get(done.statisticId);
  if (waiting === undefined || done === undefined || known === undefined)
    return { writer: writerOf(state), messages: [] };
  const series = new Map(state.series).set(done.statisticId, confirm(known, done.rows, now));
  const open = new Map([...waiting.imports].filter(([each]) => each !== number));
  if (open.size > 0)
    return { writer: writerOf({ ...state, series, waiting: { ...waiting, imports: open } }), messages: [] };
  return ask({ ...state, series, waiting: undefined }, now);
}

/** Imports what continues from the rows that Home Assistant has. */
function importFrom(state: State, from: number, payload: unknown, now: number): Written {
  if (!isFields(payload)) throw badPayload('msg.payload is no answer of recorder/statistics_during_period');
  const series = new Map(state.series);
  const rows = new Map<string, readonly StatisticsRow[]>();
  const refused: string[] = [];
  for (const each of state.series.values()) {
    const known = merged(confirmedRows(each, now), rowsOf(payload[each.statisticId]));
    const hours = each.hours.filter(({ start }) => start >= from);
    const [first] = hours;
    if (first === undefined) continue;
    // The row before them may be older than what was asked for.
    if (from > 0 && !known.some(({ start }) => start < first.start)) return ask(state, now, 0);
    const plan = planRows(hours, known, { isOwn: each.source === 'recorder', now });
    const chosen = plan.rows.slice(0, MAX_ROWS);
    if (chosen.length > 0) rows.set(each.statisticId, chosen);
    if (plan.refused.length > 0) refused.push(each.statisticId);
    const open = [...each.hours.filter(({ start }) => start < from), ...plan.later];
    const planned = hours.filter(({ start }) => plan.rows.some((row) => row.start === start));
    series.set(
      each.statisticId,
      withHours(
        each,
        [...open, ...planned].sort((left, right) => left.start - right.start),
      ),
    );
  }
  const sent = imports({ ...state, series }, rows, now);
  return refused.length === 0 ? sent : { ...sent, problem: unanchored(refused) };
}

function imports(state: State, rows: ReadonlyMap<string, readonly StatisticsRow[]>, now: number): Written {
  if (rows.size === 0) return { writer: writerOf(state), messages: [] };
  const first = Math.max(state.number + 1, now);
  const open = new Map([...rows].map(([statisticId, each], index) => [first + index, { statisticId, rows: each }]));
  const messages = [...open].map(([number, { statisticId, rows: each }]) =>
    messageOf(number, importOf(state.series.get(statisticId), each, state.settings)),
  );
  const waiting = { since: now, questions: new Map(), imports: open };
  return { writer: writerOf({ ...state, number: first + open.size, waiting }), messages };
}

function importOf(
  series: Series | undefined,
  rows: readonly StatisticsRow[],
  { typeFields }: StatisticsSettings,
): object {
  return {
    type: 'recorder/import_statistics',
    metadata: {
      statistic_id: series?.statisticId,
      source: series?.source,
      name: series?.name ?? null,
      unit_of_measurement: 'kWh',
      has_sum: true,
      ...typeFields,
    },
    stats: rows.map(({ start, state, sum }) => ({ start: new Date(start).toISOString(), state, sum })),
  };
}

/** Home Assistant gives times in ms; rows without a state or sum are none of ours. */
function rowsOf(value: unknown): StatisticsRow[] {
  return (Array.isArray(value) ? (value as unknown[]) : []).flatMap((row) => {
    const { start, state, sum } = fieldsOf(row);
    return typeof start === 'number' && typeof state === 'number' && typeof sum === 'number'
      ? [{ start, state, sum }]
      : [];
  });
}

function merged(confirmed: readonly StatisticsRow[], rows: readonly StatisticsRow[]): StatisticsRow[] {
  const all = new Map([...confirmed, ...rows].map((row) => [row.start, row]));
  return [...all.values()].sort((left, right) => left.start - right.start);
}

function unanchored(ids: readonly string[]): UsageError {
  return new UsageError('statistics-unanchored', `No row of ${ids.join(', ')} leads to these hours`);
}
