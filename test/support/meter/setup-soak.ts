import type { TableLink } from '../../../src/c1218/table-link.js';
import { isMeterError } from '../../../src/errors.js';
import { digestSecurity, rc4Security } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { TlsSession } from '../../../src/mep/tls-session.js';
import { Meter, type TableReading } from '../../../src/meter/index.js';
import { OpticalSession } from '../../../src/optical/session.js';
import { decodeReading } from '../../../src/readings/index.js';
import {
  DEMO_KEY,
  type ProfileName,
  type RegisterSetup,
  type SimulatedMeter,
  type SimulatorTransport,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import type { Dimensions } from '../../../src/tables/index.js';
import { FakeClock } from '../fake-clock.js';
import { linked } from './linked.js';
import { OPTICAL_SETTINGS } from './optical-script.js';
import { type ServedRead, type Slice, sliceOf, wasServed } from './soak.js';

/** Ports and securities; `optical-read-only` is the key that may not read the IDT version. */
export const SETUP_LINKS = ['digest', 'rc4', 'tls', 'optical', 'optical-read-only'] as const;
export type SetupLink = (typeof SETUP_LINKS)[number];

export interface SetupSoakOptions {
  readonly link: SetupLink;
  readonly profile?: ProfileName;
  /** Tables are read in several answers; default: in as few as the port allows. */
  readonly areInPieces?: boolean;
  readonly reads: number;
  readonly seed: number;
  /** Share of requests after which the meter's set-up is changed. */
  readonly changeRate: number;
  /** The meter raises its IDT version without a jump of its sequence number. */
  readonly isQuiet?: boolean;
  /** The reader always sees the first IDT version and is not notified of changes: proves that the check is needed. */
  readonly isBlind?: boolean;
}

export interface SetupSoakResult {
  good: number;
  /** Readings that have another meaning under their own dimensions than under those of the moment they were sent. */
  wrong: number;
  errors: Record<string, number>;
  changes: number;
  requests: number;
}

/** Bytes with the dimensions under which they were sent. */
interface Moment {
  readonly slice: Slice;
  readonly dimensions: Dimensions;
}

const IDT_VERSION = { table: 2052, offset: 116 };
const SHORT_ANSWER = 64;
const LARGE_PACKETS = { packetSize: 512, packetCount: 4 };

/** Alternates reads of BT23 and BT28 of a meter whose set-up may change between any two requests. */
export async function setupSoak(options: SetupSoakOptions): Promise<SetupSoakResult> {
  const clock = new FakeClock();
  const { profile = 'gen4', seed, link: kind } = options;
  const protocol = kind.startsWith('optical') ? 'optical' : 'mep';
  const optical = { negotiation: options.areInPieces ? { packetSize: 64, packetCount: 2 } : LARGE_PACKETS };
  // The load is constant, so that repeated reads give the same values.
  const transport = simulatorTransport({ profile, seed, clock, speed: 0, protocol, optical, wantsTls: kind === 'tls' });
  const meter = new Meter({ link: linkTo(transport, clock, options), clock, minIntervalMs: 0, random: () => 0.5 });
  const result: SetupSoakResult = { good: 0, wrong: 0, errors: {}, changes: 0, requests: 0 };
  const random = randomFrom(seed);
  let served: Moment[] = [];
  let dimensions = trueDimensions(transport.meter);
  const note = (exchange: ServedRead): void => {
    result.requests++;
    const slice = sliceOf(exchange);
    if (slice) served.push({ slice, dimensions });
    if (random() >= options.changeRate) return;
    result.changes++;
    const { port } = transport.meter;
    const { sequence } = port;
    transport.meter.changeSetup(setupFrom(random));
    dimensions = trueDimensions(transport.meter);
    if (options.isQuiet) port.sequence = sequence;
  };
  transport.meter.onExchange(note);
  transport.optical.onExchange(note);
  meter.open();
  for (let read = 0; read < options.reads; read++) {
    served = [];
    try {
      const reading = await clock.run(meter.readTable(read % 2 === 0 ? 'BT28' : 'BT23'));
      if (meansWhatWasSent(reading, served)) result.good++;
      else result.wrong++;
    } catch (error) {
      const code = isMeterError(error) ? error.code : String(error);
      result.errors[code] = (result.errors[code] ?? 0) + 1;
    }
  }
  await clock.run(meter.close());
  return result;
}

/** The present meaning of the meter's registers, with the fields of other tables that affect it. */
function trueDimensions({ dimensions, setup }: SimulatedMeter): Dimensions {
  const { energyRegisterUnit, rolloverDigits, ctRatio } = setup;
  return {
    ...dimensions,
    ET55: { energyRegisterUnit },
    ET07: { accumulatorRolloverDigit: rolloverDigits },
    BT15: { ctRatio },
  };
}

function linkTo(transport: SimulatorTransport, clock: FakeClock, options: SetupSoakOptions): TableLink {
  const { link: kind, areInPieces, isBlind } = options;
  const key = new TextEncoder().encode(DEMO_KEY);
  const link = ((): TableLink => {
    switch (kind) {
      case 'digest':
        return new MepSession({ transport, clock, security: digestSecurity(key) });
      case 'rc4':
        return new MepSession({ transport, clock, security: rc4Security(key) });
      case 'tls':
        return new TlsSession({ transport, clock, key, keyName: 'MBK' });
      default: {
        const password = transport.optical.behaviour.keys[kind === 'optical' ? 'MK' : 'RK'];
        return new OpticalSession({ ...OPTICAL_SETTINGS, ...LARGE_PACKETS, transport, clock, password });
      }
    }
  })();
  const pieces = areInPieces && link.protocol === 'mep' ? { maxReadBytes: SHORT_ANSWER } : {};
  return linked(link, { ...pieces, ...(isBlind && blinded(link)) });
}

/** Options of a link that does not report a new set-up. */
function blinded(link: TableLink): Pick<TableLink, 'open' | 'read'> {
  let version: Uint8Array | undefined;
  return {
    open: (events, signal) => link.open({ ...events, dimensionsMayHaveChanged: () => undefined }, signal),
    read: async (table, offset, count, options) => {
      const bytes = await link.read(table, offset, count, options);
      if (table !== IDT_VERSION.table || offset !== IDT_VERSION.offset) return bytes;
      return (version ??= bytes);
    },
  };
}

function meansWhatWasSent(reading: TableReading, served: readonly Moment[]): boolean {
  const { bytes, table, meter } = reading;
  const valuesUnder = (dimensions: Dimensions): string =>
    JSON.stringify(
      decodeReading(table.id === 'BT23' ? 'BT23' : 'BT28', bytes, { offset: 0, complete: true, dimensions }),
    );
  const setups = new Set(served.map(({ dimensions }) => dimensions));
  return [...setups].some((dimensions) => {
    const slices = served.flatMap((moment) => (moment.dimensions === dimensions ? [moment.slice] : []));
    if (!wasServed(reading, slices) || valuesUnder(meter.dimensions) !== valuesUnder(dimensions)) return false;
    // Tables that refine the meaning of values may be refused; if they are given, they are the meter's own.
    const { ET07 = dimensions['ET07'], BT15 = dimensions['BT15'] } = meter.dimensions;
    return table.id === 'BT23'
      ? ET07?.['accumulatorRolloverDigit'] === dimensions['ET07']?.['accumulatorRolloverDigit']
      : BT15?.['ctRatio'] === dimensions['BT15']?.['ctRatio'];
  });
}

function setupFrom(random: () => number): Partial<RegisterSetup> {
  const oneOf = (values: readonly number[]): number => values[Math.floor(random() * values.length)] ?? 0;
  return {
    numberOfSummations: oneOf([11, 15, 19]),
    numberOfTiers: oneOf([0, 4, 8]),
    numberOfPresentValues: oneOf([41, 55, 72, 84]),
    numberOfDemands: oneOf([0, 0, 1, 3]),
    energyRegisterUnit: oneOf([1, 10, 100]),
    ctRatio: oneOf([1, 1, 40, 100]),
    rolloverDigits: oneOf([7, 8, 9]),
    rotation: oneOf(Array.from({ length: 40 }, (_, places) => places)),
  };
}

/** A random generator: the same numbers from the same seed, from 0 (included) to 1 (excluded). */
function randomFrom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
