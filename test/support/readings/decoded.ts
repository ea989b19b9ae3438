import { decodeReading } from '../../../src/readings/index.js';
import { hex } from '../fixtures/exchanges.js';
import { readFixtures } from '../fixtures/fixtures.js';

const [, bt28] = readFixtures<{ hex: string; dimensions: never }>('BT28').find(([name]) => name === 'nes-55-values')!;
const [, bt23] = readFixtures<{ hex: string }>('BT23').find(([name]) => name === 'nes-five-blocks')!;

/** A message of a decode node. */
export interface DecodedMessage {
  readonly payload: Readonly<Record<string, number | null>>;
  readonly table: { readonly id: string; readonly complete: boolean; readonly readAt: string };
  readonly meter: Readonly<Record<string, unknown>> & { readonly serial: string | null };
}

export const SERIAL = '83334000001';

/** Values of a real meter (399 W = 292 + 85 + 22, 65845.343 kWh), as the decode nodes send them. */
export function decoded(
  table: 'BT23' | 'BT28',
  { serial = SERIAL, readAt = '2026-11-20T12:00:00Z' }: { serial?: string | null; readAt?: string } = {},
): DecodedMessage {
  const { payload } =
    table === 'BT23'
      ? decodeReading('BT23', hex(bt23.hex))
      : decodeReading('BT28', hex(bt28.hex), { dimensions: bt28.dimensions });
  return {
    payload,
    table: { id: table, complete: true, readAt },
    meter: { serial, manufacturer: 'NES', model: '83334-3I', firmware: '3.70', protocol: 'mep', dimensions: {} },
  };
}
