import { createMeter, findTable, type Meter, type MeterSettings, type TableDescription, UsageError } from '../internal.js';

/** Does something with a meter and closes the port again, whatever happens. */
export async function withMeter<T>(settings: MeterSettings, work: (meter: Meter) => Promise<T>): Promise<T> {
  const meter = createMeter(settings);
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
