import { SERIAL } from './decoded.js';

const MINUTE_MS = 60_000;

/** A record of mep-history in a list. */
export interface HistoryRecord {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly registers: readonly object[];
  readonly history: Readonly<Record<string, unknown>>;
}

/** A message of mep-history with one record. */
export interface HistoryMessage extends HistoryRecord {
  readonly meter: Readonly<Record<string, unknown>> & { readonly serial: string };
  readonly table: Readonly<Record<string, unknown>>;
}

export interface IntervalOptions {
  readonly minutes?: number;
  readonly total?: number | null;
  readonly used?: number | null;
  readonly exported?: number | null;
  readonly quality?: string;
  readonly serial?: string;
  readonly simulated?: boolean;
}

/** An interval that ends at a time. Its voltage is an example of a channel that is no energy. */
export function interval(end: string, options: IntervalOptions = {}): HistoryMessage {
  const { minutes = 15, total = 100, used = 0.1, exported = 7.5, quality = 'ok', serial = SERIAL } = options;
  const until = Date.parse(end);
  const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
  return {
    payload: { activeEnergyImport: total, activeEnergyExport: exported, voltageL1: 230.5 },
    registers: [],
    history: {
      kind: 'interval',
      start: iso(until - minutes * MINUTE_MS),
      end: iso(until),
      ...{ minutes, dataSet: 1, block: 1, interval: 0, quality, flags: [], gap: null, backfill: true, more: 0 },
      used: { activeEnergyImport: used, activeEnergyExport: exported === null ? null : 0 },
    },
    meter: { serial, dimensions: {}, ...(options.simulated === true && { simulated: true }) },
    table: { id: 'BT64', number: 64, complete: false, readAt: iso(until) },
  };
}

/** Intervals one after the other, each with 0.1 kWh more than the one before it. */
export function intervals(first: string, count: number, options: IntervalOptions = {}): HistoryMessage[] {
  const { minutes = 15, total } = options;
  return Array.from({ length: count }, (_, index) =>
    interval(new Date(Date.parse(first) + index * minutes * MINUTE_MS).toISOString(), {
      ...options,
      total: Math.round(((total ?? 100) + index * 0.1) * 1000) / 1000,
    }),
  );
}

/** The same records as one message, as `send: list` gives them. */
export function listOf(messages: readonly HistoryMessage[]): object {
  const [first] = messages;
  return {
    payload: messages.map(({ payload, registers, history }) => ({ payload, registers, history })),
    meter: first?.meter,
    table: first?.table,
  };
}

/** A billing read. */
export function billing(at: string | null, total: number): HistoryMessage {
  return {
    payload: { activeEnergyImport: total, tier1ActiveEnergyImport: total / 2 },
    registers: [],
    history: { kind: 'billing', sequence: 7, at, local: '2025-12-01T00:00', season: 1 },
    meter: { serial: SERIAL, dimensions: {} },
    table: { id: 'BT26', number: 26, complete: false },
  };
}
