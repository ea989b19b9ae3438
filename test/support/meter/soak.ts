import { isMeterError } from '../../../src/errors.js';
import { digestSecurity, type MepSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { TlsSession } from '../../../src/mep/tls-session.js';
import type { TableLink } from '../../../src/c1218/table-link.js';
import { Meter, type TableReading } from '../../../src/meter/index.js';
import type { OpticalRequest } from '../../../src/optical/requests.js';
import { OpticalSession } from '../../../src/optical/session.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  FAULTS,
  type FaultRates,
  OPTICAL_FAULTS,
  type ProfileName,
  type SimulatedMeter,
  type SimulatorTransport,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { Random } from '../../../src/simulator/random.js';
import { decodeReading } from '../../../src/readings/index.js';
import type { Dimensions } from '../../../src/tables/index.js';
import { FakeClock } from '../fake-clock.js';
import { OPTICAL_SETTINGS } from './optical-script.js';
import { resealing } from '../line/resealing.js';

export interface SoakOptions {
  /** Default `mep`. */
  readonly protocol?: 'mep' | 'optical';
  readonly profile: ProfileName;
  readonly reads: number;
  /** Share of messages with a fault, spread evenly over all kinds of faults. */
  readonly faultRate: number;
  readonly seed: number;
  /** Security of the MEP port; default: digest. */
  readonly security?: MepSecurity;
  /** Optical port: the session accepts every answer, like readers that check neither CRC nor checksum. */
  readonly acceptsAll?: boolean;
  /** The port is set to TLS. */
  readonly wantsTls?: boolean;
}

export interface SoakResult {
  /** Readings that succeeded. */
  good: number;
  /** Readings that differ, in bytes or values, from what the meter sent during the read. This must be 0. */
  wrong: number;
  /** Reads that ended with an error, by code. */
  errors: Record<string, number>;
  /** Faults that happened. */
  faults: number;
  /** Received alerts; the meter raises none. */
  alerts: number;
  /** Requests that the meter received. */
  requests: number;
}

/** Bytes of a table as the meter sent them. */
export interface Slice {
  readonly table: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Alternates reads of BT28 and BT23 over a line with faults and compares each reading with what the meter sent. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const clock = new FakeClock();
  const { profile, seed, protocol = 'mep', wantsTls = false } = options;
  const faults = protocol === 'mep' ? FAULTS : OPTICAL_FAULTS;
  const rates: FaultRates = Object.fromEntries(faults.map((fault) => [fault, options.faultRate / faults.length]));
  const transport = simulatorTransport({ profile, seed, clock, protocol, wantsTls, faults: rates });
  const meter = new Meter({ link: linkTo(transport, clock, options), clock, random: () => 0.5 });
  const result: SoakResult = { good: 0, wrong: 0, errors: {}, faults: 0, alerts: 0, requests: 0 };
  let served: Slice[] = [];
  const note = (exchange: ServedRead): void => {
    result.requests++;
    const slice = sliceOf(exchange);
    if (slice) served.push(slice);
  };
  transport.meter.onExchange(note);
  transport.optical.onExchange(note);
  meter.open();
  for (let read = 0; read < options.reads; read++) {
    served = [];
    refuseSomething(transport.meter, read, options);
    try {
      const reading = await clock.run(meter.readTable(read % 2 === 0 ? 'BT28' : 'BT23'));
      if (wasServed(reading, served) && meansTheSame(reading, transport.meter.dimensions)) result.good++;
      else result.wrong++;
    } catch (error) {
      const code = isMeterError(error) ? error.code : String(error);
      result.errors[code] = (result.errors[code] ?? 0) + 1;
    }
  }
  result.faults = Object.values(transport.faults.counts).reduce((sum, count) => sum + count, 0);
  result.alerts = meter.counters.alerts;
  const closing = meter.close();
  await clock.run(closing);
  if (clock.pendingTimers > 0) throw new Error(`${clock.pendingTimers} timers are left`);
  return result;
}

function linkTo(transport: SimulatorTransport, clock: FakeClock, options: SoakOptions): TableLink {
  const { protocol, security, wantsTls, acceptsAll, seed } = options;
  if (protocol !== 'optical') {
    const key = new TextEncoder().encode(DEMO_KEY);
    if (wantsTls) {
      // The same seed gives the same run: the random bytes of a handshake decide what a fault does to it.
      const random = new Random(seed);
      transport.meter.tls.random = (count) => random.bytes(count);
      return new TlsSession({ transport, key, keyName: 'MBK', clock, random: (count) => random.bytes(count) });
    }
    return new MepSession({ transport, security: security ?? digestSecurity(key), clock });
  }
  const password = new TextEncoder().encode(DEMO_OPTICAL_KEY);
  if (acceptsAll !== true) return new OpticalSession({ ...OPTICAL_SETTINGS, transport, clock, password });
  return new OpticalSession({ ...OPTICAL_SETTINGS, transport: resealing(transport), clock, password, packetCount: 1 });
}

/** Tables that others depend on: if one is refused, it must never be replaced by a guess. */
const DIMENSION_TABLES = [1, 15, 20, 21, 22, 27, 2051, 2052, 2090, 2103];
const REFUSALS = [0x01, 0x02, 0x03, 0x04];

/** Sometimes the meter refuses one dimension table while its set-up changes, so that all must be read again. */
function refuseSomething(meter: SimulatedMeter, read: number, { faultRate, seed }: SoakOptions): void {
  meter.refusals.clear();
  if (read % Math.ceil(2 / faultRate) !== 0) return;
  const choice = (Math.imul(read + seed, 0x9e3779b1) >>> 8) & 0xffff;
  meter.refusals.set(DIMENSION_TABLES[choice % DIMENSION_TABLES.length]!, REFUSALS[(choice >> 8) % REFUSALS.length]!);
  meter.changeSetup({});
}

/** True if the bytes have the same values under the reading's own dimensions as under the meter's true ones. */
function meansTheSame({ bytes, table, meter }: TableReading, truth: Dimensions): boolean {
  const values = (dimensions: Dimensions): string =>
    JSON.stringify(decodeReading(table.id as 'BT23' | 'BT28', bytes, { offset: 0, complete: true, dimensions }));
  return values(meter.dimensions) === values(truth);
}

/** The outcome of a request at either port. */
export interface ServedRead {
  readonly request: OpticalRequest | undefined;
  readonly data: Uint8Array | undefined;
}

export function sliceOf({ request, data }: ServedRead): Slice | undefined {
  if (request?.service !== 'partial-read' || !data) return undefined;
  return { table: request.table, offset: request.offset, data: data.slice() };
}

/** True if the bytes consist of slices that the meter sent during this read, in order and without a gap. */
export function wasServed({ bytes, table }: TableReading, served: readonly Slice[]): boolean {
  const end = table.offset + bytes.length;
  const isMadeFrom = (offset: number): boolean =>
    offset >= end ||
    served.some(
      (slice) =>
        slice.table === table.number &&
        slice.offset === offset &&
        slice.data.length > 0 &&
        slice.data.every((byte, index) => byte === bytes[offset - table.offset + index]) &&
        isMadeFrom(offset + slice.data.length),
    );
  return bytes.length === table.length && isMadeFrom(table.offset);
}
