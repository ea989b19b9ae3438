import { isMeterError, TransportError } from '../errors.js';
import { isNoResponse } from '../error-kinds.js';
import type { Meter } from '../meter/meter.js';
import { decodeReading, type ReadingTable } from '../readings/index.js';

/** What the displays of all models show in turn. */
const DISPLAYED = {
  BT28: ['activePowerImport', 'activePowerExport'],
  BT23: ['activeEnergyImport', 'activeEnergyExport'],
} as const satisfies Readonly<Record<ReadingTable, readonly string[]>>;

/**
 * Reads the values by which a user compares a reading with the meter's display. One that the meter does not measure, or a
 * table that it refuses, is left out.
 * @throws TransportError, ProtocolError where the meter no longer responds; UsageError `cancelled`
 */
export async function readDisplayed(
  meter: Meter,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, number>>> {
  const values: Record<string, number> = {};
  for (const table of ['BT28', 'BT23'] as const) {
    const payload = await readPayload(meter, table, signal);
    for (const key of DISPLAYED[table]) {
      const value = payload[key] ?? null;
      if (value !== null) values[key] = value;
    }
  }
  return values;
}

async function readPayload(
  meter: Meter,
  name: ReadingTable,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, number | null>>> {
  try {
    const { bytes, table, meter: description } = await meter.readTable(name, { signal });
    const { offset, complete } = table;
    return decodeReading(name, bytes, { offset, complete, dimensions: description.dimensions }).payload;
  } catch (error) {
    const isFault =
      isMeterError(error) && (error instanceof TransportError || isNoResponse(error) || error.code === 'cancelled');
    if (!isMeterError(error) || isFault) throw error;
    return {};
  }
}
