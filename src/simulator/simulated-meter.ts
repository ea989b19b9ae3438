/** A simulated meter: identity, household, keys, and tables that can be read and written. */
import { type Clock, systemClock } from '../clock.js';
import { nextSequence } from '../mep/message.js';
import { type Dimensions, findTable } from '../tables/index.js';
import { Alerts, ET71 } from './alerts.js';
import { DEFAULT_LOAD_PROFILE, type LoadProfileSetup } from './load-profile/setup.js';
import { DEMO_DEVICES, type SimulatedDevice } from './m-bus-devices.js';
import { Measurements } from './measurements.js';
import { MeterMemory } from './memory.js';
import { type AlertCause, MepClient } from './mep-client.js';
import { type AccessLevel, type PortState, respond, type SimulatedExchange } from './mep-responder.js';
import type { LineMeter } from './mep-server.js';
import { MeterHistory } from './meter-history.js';
import type { OpticalMeter } from './optical-port.js';
import {
  demandSourcesOf,
  METER_PROFILES,
  type MeterProfile,
  type ProfileName,
  type RegisterSetup,
} from './profiles.js';
import { noise } from './random.js';
import { SimulatedTables, type WriteRequest } from './simulated-tables.js';
import { type CapturedTables, TableContents } from './table-contents.js';
import { dimensionsOf, type Identity, type ImageContext } from './table-images.js';
import { TlsPort } from './tls-port.js';

/** The MBK of simulated meters. */
export const DEMO_KEY = 'NES-DEMO-KEY-0000001';
/** The default MAK of new meters, which the guide's examples use. [MEP p.15] */
export const DEMO_ADVANCED_KEY = new Uint8Array(16).fill(0x01);

export interface SimulatedMeterOptions {
  readonly profile?: ProfileName;
  /** Where this meter differs from its profile. */
  readonly profileOverrides?: Partial<Omit<MeterProfile, 'setup'>>;
  readonly setup?: Partial<RegisterSetup>;
  /** Default: a number that follows from the seed. */
  readonly serial?: string;
  /** 16 to 20 bytes; default `DEMO_KEY`. */
  readonly mbk?: Uint8Array;
  /** 16 to 20 bytes; default 16 times 01. */
  readonly mak?: Uint8Array;
  /** Selects the household: the same seed and start time give the same values. Default 1. */
  readonly seed?: number;
  readonly clock?: Clock;
  /** The MEP port is set to TLS; default: to digest security and RC4. */
  readonly wantsTls?: boolean;
  /** Factor by which the household runs faster than the clock; default 1. */
  readonly speed?: number;
  /** How often the meter measures, default 1000 ms. */
  readonly stepMs?: number;
  /** True (default): the registers start with the energy of some years; false: at 0. */
  readonly isUsed?: boolean;
  /** Default: a month in quarters of an hour, and two weeks in days. */
  readonly loadProfile?: LoadProfileSetup;
  /** M-Bus devices behind the meter, at most 4; default: a water meter and a heat meter. */
  readonly devices?: readonly SimulatedDevice[];
}

/** Counters for tests and statuses. */
export interface SimulatedMeterCounters {
  /** Requests with a valid digest. */
  requests: number;
  reads: number;
  /** Requests to write, refused ones included. */
  writes: number;
  /** Requests with a wrong digest. */
  rejected: number;
}

const ET13 = 2061;
const SEQUENCE_STEP_OF_IDT = 25;

/** The meter without its line. */
export class SimulatedMeter implements LineMeter, OpticalMeter {
  readonly profileName: ProfileName;
  readonly serial: string;
  readonly counters: SimulatedMeterCounters = { requests: 0, reads: 0, writes: 0, rejected: 0 };
  /** The MEP port: keys, expected sequence number, whether it is set to TLS. All of it may be changed at any time. */
  readonly port: PortState;
  /** The port when it is set to TLS. */
  readonly tls: TlsPort;
  /** Load profile, logs, the meter's clock and M-Bus devices, and what can happen to them. */
  readonly history: MeterHistory;
  readonly #tables: SimulatedTables;
  readonly #profile: MeterProfile;
  readonly #manufacturerSerial: string;
  readonly #measurements: Measurements;
  readonly #clock: Clock;
  readonly #startedAt: { readonly now: number; readonly date: number };
  readonly #speed: number;
  readonly #memory = new MeterMemory();
  readonly #contents: TableContents;
  readonly #client = new MepClient();
  readonly #exchangeListeners = new Set<(exchange: SimulatedExchange) => void>();
  readonly #alerts: Alerts;
  #setup: RegisterSetup;
  #idtVersion: number;
  #identity: Identity;
  /** Computed on first use. */
  #dimensions: Dimensions | undefined;
  #isCaptured = false;
  #isPowered = true;
  /** Response codes that are returned instead of tables, by table number. */
  readonly refusals = new Map<number, number>();
  /** The port does not respond until its ENABLE input is cycled. */
  isStuck = false;
  /** An optical session uses the UART, which Gen2 and Gen3 share between both ports. [MEP p.19] */
  isMepSwitchedOut = false;

  constructor(options: SimulatedMeterOptions = {}) {
    const { seed = 1, clock = systemClock } = options;
    this.profileName = options.profile ?? 'gen3';
    const profile = METER_PROFILES[this.profileName];
    this.#profile = { ...profile, ...options.profileOverrides };
    this.#setup = { ...profile.setup, ...options.setup };
    this.serial = options.serial ?? String(Math.floor(noise(seed, 1) * 9e7) + 1e7);
    this.#manufacturerSerial = manufacturerSerial(seed, options.serial ?? '');
    this.port = {
      mbk: options.mbk ?? new TextEncoder().encode(DEMO_KEY),
      mak: options.mak ?? DEMO_ADVANCED_KEY,
      sequence: Math.floor(noise(seed, 2) * 0x7fffffff),
      wantsTls: options.wantsTls ?? false,
    };
    this.#idtVersion = 1 + Math.floor(noise(seed, 3) * 40);
    this.#clock = clock;
    this.#speed = options.speed ?? 1;
    this.#startedAt = { now: clock.now(), date: clock.date().getTime() };
    this.#measurements = new Measurements({
      seed,
      start: this.#startedAt.date,
      ...(options.stepMs === undefined ? {} : { stepMs: options.stepMs }),
      ...(options.isUsed === undefined ? {} : { isUsed: options.isUsed }),
    });
    this.#measurements.demands.choose(demandSourcesOf(this.#setup));
    const { loadProfile = DEFAULT_LOAD_PROFILE, devices = DEMO_DEVICES, isUsed = true } = options;
    const owner = {
      seed,
      isUsed,
      measurements: this.#measurements,
      measure: () => this.measure(),
      setup: () => this.#setup,
      reconfigured: () => {
        this.#changeDimensions();
      },
    };
    this.history = new MeterHistory(owner, loadProfile, devices);
    this.#identity = this.#identify();
    this.#contents = new TableContents(this.#memory, () => this.#imageContext());
    this.#alerts = new Alerts({
      client: this.#client,
      memory: this.#memory,
      isPowered: () => this.#isPowered,
      imageOf: (table) => this.#contents.of(table),
      present: (source) => this.measure().present(source, this.#setup.ctRatio * this.#setup.vtRatio),
    });
    this.#tables = new SimulatedTables({
      memory: this.#memory,
      client: this.#client,
      alerts: this.#alerts,
      counters: this.counters,
      refusals: this.refusals,
      takesFullReadOfBT23: this.#profile.takesFullReadOfBT23,
      imageOf: (table) => this.image(table),
    });
    this.tls = new TlsPort(this.port, this.#tables);
  }

  /** The time of the meter: starts with the date of the clock, runs `speed` times as fast and never back. */
  get time(): number {
    return this.#startedAt.date + (this.#clock.now() - this.#startedAt.now) * this.#speed;
  }

  get isPowered(): boolean {
    return this.#isPowered;
  }

  get isListening(): boolean {
    return this.#isPowered && !this.isStuck && !this.isMepSwitchedOut;
  }

  get isAlertRaised(): boolean {
    return this.#alerts.isRaised;
  }

  /** True if delta data sources are watched whose change raises the alert. [MEP p.34] */
  get isWatching(): boolean {
    return this.#alerts.isWatching;
  }

  get profile(): MeterProfile {
    return this.#profile;
  }

  get setup(): RegisterSetup {
    return this.#setup;
  }

  /** The dimensions that decode the tables of this meter. */
  get dimensions(): Dimensions {
    return (this.#dimensions ??= dimensionsOf(this.#identity));
  }

  /** The measurements up to now. */
  measure(): Measurements {
    if (this.#isPowered) this.#measurements.advance(this.time);
    return this.#measurements;
  }

  /** The whole table as the meter would send it now; undefined when the meter does not have it. */
  image(nameOrNumber: string | number): Uint8Array | undefined {
    const table = findTable(nameOrNumber);
    const number = table?.number ?? nameOrNumber;
    if (typeof number !== 'number') return undefined;
    if ((number === ET13 || number === ET71) && this.isWatching) this.#alerts.sample();
    return this.#contents.of(number);
  }

  /** Fixes the content of a table, for captures of real meters. */
  setImage(number: number, bytes: Uint8Array): void {
    this.#contents.fix(number, bytes);
  }

  /** Has the tables of a capture, and no others. */
  get isCaptured(): boolean {
    return this.#isCaptured;
  }

  /** Takes over a capture: has its tables and its refusals, and no other tables. */
  become({ tables, refusals }: CapturedTables): void {
    this.#contents.become(tables);
    this.#isCaptured = true;
    for (const [number, code] of refusals) this.refusals.set(number, code);
  }

  answer(body: Uint8Array): Uint8Array {
    if (this.port.wantsTls) {
      const { body: answer, exchange, isKeyRefused } = this.tls.answer(body);
      if (isKeyRefused) this.counters.rejected++;
      if (exchange) this.#note(exchange);
      return answer;
    }
    const exchange = respond(body, this.port, this.#tables);
    this.#note(exchange);
    return exchange.answer;
  }

  #note(exchange: SimulatedExchange): void {
    if (exchange.level === undefined) this.counters.rejected++;
    else this.counters.requests++;
    for (const listener of this.#exchangeListeners) listener(exchange);
  }

  /** Calls `listener` with every request and its answer, before line faults are applied. */
  onExchange(listener: (exchange: SimulatedExchange) => void): () => void {
    this.#exchangeListeners.add(listener);
    return () => {
      this.#exchangeListeners.delete(listener);
    };
  }

  /** Raises or clears a cause of the alert that the port repeats once a second; its flag is in ET13. [MEP p.17-18] */
  setAlert(isRaised: boolean, cause: AlertCause = 'scheduled-read'): void {
    this.#alerts.set(cause, isRaised);
  }

  onAlertChange(listener: () => void): () => void {
    return this.#alerts.onChange(listener);
  }

  jumpSequence(step: number): void {
    this.port.sequence = nextSequence(this.port.sequence, step);
  }

  /** Changes the register setup; the IDT version and a jump of the sequence number announce it. [MEP p.55] */
  changeSetup(setup: Partial<RegisterSetup>): void {
    this.#setup = { ...this.#setup, ...setup };
    this.measure().demands.choose(demandSourcesOf(this.#setup));
    this.history.invalidate();
    this.#changeDimensions();
  }

  #changeDimensions(): void {
    this.#idtVersion = (this.#idtVersion + 1) & 0xff;
    this.#identity = this.#identify();
    this.#dimensions = undefined;
    this.jumpSequence(SEQUENCE_STEP_OF_IDT);
  }

  /** Starts a power outage of household and meter. */
  powerOff(): void {
    this.measure();
    this.tls.end();
    this.#isPowered = false;
  }

  powerOn(): void {
    if (this.#isPowered) return;
    this.#isPowered = true;
    const from = this.#measurements.time;
    this.#measurements.skip(this.time);
    this.history.afterOutage(from, this.#measurements.time);
    // Kept in RAM only. [MEP p.174]
    this.#memory.forget(ET71);
  }

  /** Executes a permitted write. */
  write(request: WriteRequest, level: AccessLevel = 'MAK'): number {
    return this.#tables.write(request, level);
  }

  #imageContext(): ImageContext {
    return {
      identity: this.#identity,
      dims: this.dimensions,
      meter: this.measure(),
      history: this.history,
      client: this.#client,
      hasClient: () => this.#alerts.isRegistered,
    };
  }

  #identify(): Identity {
    return {
      profile: this.#profile,
      setup: this.#setup,
      serial: this.serial,
      manufacturerSerial: this.#manufacturerSerial,
      idtVersion: this.#idtVersion,
      loadProfile: this.history.setup,
      logSizes: this.history.logSizes,
    };
  }
}

/**
 * 16 digits, others for each serial number: those are different meters. Each BCD byte is at most 0x79, since readers of
 * other makers decode the number as text.
 */
function manufacturerSerial(seed: number, serial: string): string {
  const letters = Array.from(serial, (letter) => letter.codePointAt(0) ?? 0);
  return Array.from({ length: 8 }, (_, place) =>
    place < 2 ? '00' : String(Math.floor(noise(seed, 4, place, ...letters) * 80)).padStart(2, '0'),
  ).join('');
}
