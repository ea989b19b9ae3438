import { EMPTY_HISTORY, type HistoryMemory, HistoryReader, type HistoryRecord } from '../../../src/connect/index.js';
import { isMeterError } from '../../../src/errors.js';
import type { Meter } from '../../../src/meter/index.js';
import {
  type Fault,
  FAULTS,
  OPTICAL_FAULTS,
  type RecordedInterval,
  type SimulatedMeter,
  type SimulatorTransport,
} from '../../../src/simulator/index.js';
import { Random } from '../../../src/simulator/random.js';
import type { FakeClock } from '../fake-clock.js';
import { stage } from '../meter/meter-stage.js';
import { opticalMeterStage } from '../meter/optical-meter-stage.js';

export interface HistorySoakOptions {
  readonly protocol: 'mep' | 'optical';
  /** Intervals to read. */
  readonly intervals: number;
  /** Share of messages with a fault, spread evenly over all kinds of faults. */
  readonly faultRate: number;
  readonly seed: number;
  /** Between looks the clock is set, channels get statuses, units and the set-up change, power fails. */
  readonly isChanging?: boolean;
}

export interface HistorySoakResult {
  /** Intervals that were read as they were recorded. */
  good: number;
  /** Intervals whose place, status, value or energy is another than the meter recorded. This must be 0. */
  wrong: number;
  /** Intervals that the meter still had after a complete look, and that no look has returned. This must be 0. */
  missing: number;
  errors: Record<string, number>;
  faults: number;
  /** Looks that ended without an error. */
  looks: number;
  changes: number;
  /** The first wrong or missing interval. */
  example: string | undefined;
}

interface Truth {
  readonly text: string;
  /** Of the import register, W s. */
  readonly energy: number | undefined;
  readonly before: number | undefined;
  readonly unit: number;
}

const HOUR_MS = 3_600_000;
const SET = { blocks: 12, intervals: 24, minutes: 15, channels: [0, 1] };
const OTHER_SET = { blocks: 40, intervals: 8, minutes: 15, channels: [1, 0, 2] };
const LOOK_LIMIT_MS = 86_400_000;
const MAX_LOOKS = 20_000;

/** Reads the load profile over and over, from a line with faults, and compares each interval with the meter's own. */
export async function historySoak(options: HistorySoakOptions): Promise<HistorySoakResult> {
  return new Soak(options).run();
}

class Soak {
  readonly #options: HistorySoakOptions;
  readonly #random: Random;
  readonly #clock: FakeClock;
  readonly #transport: SimulatorTransport;
  readonly #meter: Meter;
  readonly #reader: HistoryReader;
  /** By set-up, block and interval: all that the meter has had there. */
  readonly #truth = new Map<string, Truth[]>();
  readonly #seen = new Set<string>();
  readonly #result: HistorySoakResult = {
    good: 0,
    wrong: 0,
    missing: 0,
    errors: {},
    faults: 0,
    looks: 0,
    changes: 0,
    example: undefined,
  };
  #memory: HistoryMemory = EMPTY_HISTORY;

  constructor(options: HistorySoakOptions) {
    const { protocol, faultRate, seed } = options;
    const simulated = { seed, profile: 'gen4' as const, stepMs: 60_000, loadProfile: { dataSets: [SET] } };
    const made = protocol === 'mep' ? stage(simulated) : opticalMeterStage(simulated);
    this.#options = options;
    this.#random = new Random(seed);
    this.#clock = made.clock;
    this.#transport = made.transport;
    this.#meter = made.meter;
    this.#reader = new HistoryReader(made.meter, { what: 'intervals', timeZone: 'Europe/Copenhagen' });
    const faults: readonly Fault[] = protocol === 'mep' ? FAULTS : OPTICAL_FAULTS;
    made.transport.faults.rates = Object.fromEntries(faults.map((fault) => [fault, faultRate / faults.length]));
  }

  async run(): Promise<HistorySoakResult> {
    const result = this.#result;
    for (let look = 0; result.good + result.wrong < this.#options.intervals; look++) {
      if (look > MAX_LOOKS) throw new Error(`Only ${result.good} intervals in ${look} looks`);
      this.#learn();
      await this.#clock.run(this.#look(), LOOK_LIMIT_MS);
      await this.#clock.advance(this.#random.integer(1, 120) * 60_000);
      if (this.#options.isChanging === true && this.#random.chance(0.7)) await this.#change();
    }
    await this.#clock.run(this.#meter.close());
    result.faults = Object.values(this.#transport.faults.counts).reduce((sum, count) => sum + count, 0);
    return result;
  }

  get #simulated(): SimulatedMeter {
    return this.#transport.meter;
  }

  async #look(): Promise<void> {
    try {
      for await (const part of this.#reader.look(this.#memory, { start: 'everything' })) {
        this.#learn();
        for (const record of part.records) this.#judge(record);
        this.#memory = JSON.parse(JSON.stringify(part.memory)) as HistoryMemory;
      }
      this.#result.looks++;
      this.#lookForMissing();
      // Again from the beginning, now and then: otherwise there is little to read.
      if (this.#random.chance(0.7)) {
        this.#memory = EMPTY_HISTORY;
        this.#seen.clear();
      }
    } catch (error) {
      if (!isMeterError(error)) throw error;
      this.#result.errors[error.code] = (this.#result.errors[error.code] ?? 0) + 1;
    }
  }

  /** Takes note of what the meter has recorded. */
  #learn(): void {
    const recorded = this.#simulated.history.recorded();
    const { history } = this.#simulated.measure();
    const energies = recorded.map(({ trueEnd }) => history.totalsAt(trueEnd)?.forward);
    for (const [i, interval] of recorded.entries()) {
      const key = this.#keyOf(interval.block, interval.interval);
      const truth = {
        text: textOfTruth(interval),
        energy: energies[i],
        before: energies[i - 1],
        unit: this.#simulated.setup.energyRegisterUnit,
      };
      const known = this.#truth.get(key) ?? [];
      if (!known.some(({ text, before }) => text === truth.text && (before !== undefined || i === 0))) {
        this.#truth.set(key, [...known, truth]);
      }
    }
  }

  #judge({ history, registers = [], payload }: HistoryRecord): void {
    const { block, interval, end } = history;
    const key = this.#keyOf(Number(block), Number(interval));
    const states = (registers as { status: number; raw: number }[]).map(({ status, raw }) => [status, raw]);
    const text = JSON.stringify([end, states]);
    const truths = (this.#truth.get(key) ?? []).filter((truth) => truth.text === text);
    const used = (history['used'] as Record<string, number | null>)['activeEnergyImport'] ?? null;
    const total = payload['activeEnergyImport'];
    this.#seen.add(key);
    if (truths.some((truth) => isRight(truth, total, used))) this.#result.good++;
    else this.#fail('wrong', `${key} ${text} ${String(total)} ${String(used)} ${JSON.stringify(this.#truth.get(key))}`);
  }

  #lookForMissing(): void {
    const recorded = this.#simulated.history.recorded();
    const newest = Math.max(...recorded.filter((one) => this.#seen.has(this.#key(one))).map(({ trueEnd }) => trueEnd));
    // The reader leaves out blocks that were about to be overwritten, and intervals recorded after its end.
    const oldest = recorded[0]?.block ?? 0;
    for (const one of recorded) {
      if (one.trueEnd >= newest || one.block <= oldest + 1 || this.#seen.has(this.#key(one))) continue;
      this.#fail('missing', `${this.#key(one)} ${textOfTruth(one)}`);
    }
  }

  #fail(what: 'wrong' | 'missing', example: string): void {
    this.#result[what]++;
    this.#result.example ??= `${what}: ${example}`;
  }

  #key({ block, interval }: RecordedInterval): string {
    return this.#keyOf(block, interval);
  }

  #keyOf(block: number, interval: number): string {
    return `${this.#simulated.history.configurationId} ${block} ${interval}`;
  }

  async #change(): Promise<void> {
    const { history } = this.#simulated;
    const random = this.#random;
    this.#result.changes++;
    switch (random.integer(0, 7)) {
      case 0:
        history.setClock(60_000 * random.integer(-200, 200));
        break;
      case 1:
        history.mark({ status: random.integer(1, 15), channels: [random.integer(0, 1)] });
        break;
      case 2:
        history.endMarks();
        break;
      case 3:
        history.optOut(random.chance(0.5));
        break;
      case 4:
        history.fillsOutages = random.chance(0.5);
        this.#simulated.powerOff();
        await this.#clock.advance(random.integer(1, 300) * 60_000);
        this.#simulated.powerOn();
        break;
      case 5:
        this.#simulated.changeSetup({ energyRegisterUnit: [1, 10, 100][random.integer(0, 2)] ?? 1 });
        this.#memory = EMPTY_HISTORY;
        this.#seen.clear();
        break;
      case 6:
        history.reconfigure({ dataSets: [random.chance(0.5) ? SET : OTHER_SET] });
        this.#seen.clear();
        break;
      default:
        history.mark({ isLeftOut: true, to: history.now + random.integer(0, 3) * HOUR_MS });
    }
  }
}

function textOfTruth({ end, statuses, values }: RecordedInterval): string {
  const time = `${new Date(end).toISOString().slice(0, 19)}Z`;
  return JSON.stringify([time, statuses.map((status, i) => [status, values[i]])]);
}

const WS_PER_KWH = 3.6e6;

/** The total to a count of the register; the energy to two, as both of its ends are rounded. */
function isRight({ energy, before, unit }: Truth, total: unknown, used: number | null): boolean {
  if (energy === undefined) return false;
  const count = unit / 1_000;
  if (typeof total === 'number' && Math.abs(total - energy / WS_PER_KWH) > count + 1e-6) return false;
  if (used === null) return true;
  return before !== undefined && Math.abs(used - (energy - before) / WS_PER_KWH) <= count + 1e-6;
}
