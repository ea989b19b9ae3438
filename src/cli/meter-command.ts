import {
  createMeter,
  findTable,
  type Meter,
  type MeterSettings,
  type TableDescription,
  type Tracer,
  UsageError,
} from '../internal.js';
import { answerLimitText } from './answer-limit-text.js';
import type { Terminal } from './terminal.js';
import { type TraceOption, withTracer } from './trace-option.js';

/** Runs `work` with a meter, traced if a file is given, and always closes the port afterwards. */
export function withMeter<T>(
  settings: MeterSettings,
  terminal: Pick<Terminal, 'err'>,
  work: (meter: Meter) => Promise<T>,
  trace: TraceOption = {},
): Promise<T> {
  return withTracer(trace, terminal, (tracer) => withTracedMeter(settings, terminal, tracer, work));
}

async function withTracedMeter<T>(
  settings: MeterSettings,
  terminal: Pick<Terminal, 'err'>,
  tracer: Tracer | undefined,
  work: (meter: Meter) => Promise<T>,
): Promise<T> {
  const meter = createMeter(settings, { tracer });
  let isReported = false;
  meter.onStatusChange(() => {
    const { answerLimit } = meter.status;
    if (!answerLimit || isReported) return;
    isReported = true;
    terminal.err(`Note: ${answerLimitText(answerLimit)}\n`);
  });
  meter.open();
  try {
    return await work(meter);
  } finally {
    await meter.close();
  }
}

/**
 * A table of the catalogue by what a user types: `BT28`, `bt28`, or a number such as 2051.
 * @throws UsageError `unknown-table`
 */
export function tableNamed(text: string): TableDescription {
  const table = findTable(/^\d+$/.test(text) ? Number(text) : text);
  if (!table) throw new UsageError('unknown-table', `There is no table ${text}`, { values: { table: text } });
  return table;
}
