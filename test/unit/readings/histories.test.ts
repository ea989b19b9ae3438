import assert from 'node:assert/strict';
import { consumption, plausibility } from '../../../src/readings/index.js';
import { HomeAssistantStatistics } from '../../support/sinks/home-assistant-statistics.js';

const { plausibilitySettings, receiveSample, recall, remember, sampleOf } = plausibility;
const { consumptionReport, countSample, energySampleOf, recallCountedMeter } = consumption;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KEYS = ['activeEnergyImport', 'activeEnergyExport', 'tier1ActiveEnergyImport', 'reactiveEnergyImport'] as const;
type Registers = Record<string, number>;

/** The consumers of the guard's readings, for one register. */
class Sinks {
  readonly homeAssistant = new HomeAssistantStatistics();
  /** Like evcc and most scripts: each rise counts, a fall does not. */
  rises = 0;
  #last: number | undefined;

  receive(value: number): void {
    this.homeAssistant.receive(value);
    this.rises += Math.max(0, value - (this.#last ?? value));
    this.#last = value;
  }
}

const round = (kWh: number): number => Math.round(kWh * 1000) / 1000;

/** A household that uses 1.08 kWh an hour, its meter, guard, consumption, and the consumers. */
class Story {
  time: number;
  /** By how much the wall clock of the computer is ahead of the time, ms. */
  hostAhead = 0;
  hasMeterClock = false;
  serial = '42';
  digits: number | undefined;
  /** kWh an hour that are exported at the same time. */
  sells = 0;
  registers: Registers;
  /** Registers as the reader gives them. */
  reader: (registers: Registers) => Registers = (registers) => registers;
  powers = 0;
  readonly sinks = new Map<string, Sinks>(KEYS.map((key) => [key, new Sinks()]));
  readonly reports: consumption.ConsumptionReport[] = [];
  #startedAt: number;
  readonly #guards = new Map<string, plausibility.GuardedMeter>();
  readonly #counted = new Map<string, consumption.CountedMeter>();

  constructor(begin: string, bought = 12_345.678) {
    this.time = Date.parse(begin);
    this.#startedAt = this.time;
    this.registers = {
      activeEnergyImport: bought,
      activeEnergyExport: 99.5,
      tier1ActiveEnergyImport: bought / 2,
      reactiveEnergyImport: 400,
    };
    this.run(MINUTE);
  }

  live(duration: number): this {
    this.time += duration;
    const hours = duration / HOUR;
    for (const key of KEYS) {
      const power = key === 'activeEnergyExport' ? this.sells : this.sells > 0 ? 0 : 1.08;
      this.registers[key] = (this.registers[key] ?? 0) + power * hours;
    }
    return this;
  }

  run(duration: number, every = 10_000): this {
    for (const end = this.time + duration; this.time < end;) this.live(every).read();
    return this;
  }

  read(): void {
    const date = new Date(this.time + this.hostAhead);
    const shown = this.reader(this.registers);
    const msg = {
      payload: {
        ...Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, round(value)])),
        activePower: this.sells > 0 ? -1000 * this.sells : 1080,
        currentL1: this.sells > 0 ? -4.3 : 4.7,
        voltageL1: 230,
      },
      registers: [{ key: 'activeEnergyImport', value: 1, raw: 1000 }],
      meter: {
        serial: this.serial,
        dimensions: this.digits ? { ET07: { accumulatorRolloverDigit: this.digits } } : {},
      },
      table: {
        readAt: date.toISOString(),
        ...(this.hasMeterClock && { meterTime: new Date(this.time).toISOString() }),
      },
    };
    const now = this.time - this.#startedAt;
    const verdict = receiveSample(
      this.#guards.get(this.serial),
      sampleOf(msg, { date, now }),
      plausibilitySettings({}),
    );
    this.#guards.set(this.serial, verdict.meter);
    assert.ok(verdict.hasMeasurements, 'power is lost with the energy');
    this.powers += 1;
    if (!verdict.isPassed) return;
    if (this.serial === '42')
      for (const [key, value] of Object.entries(shown)) this.sinks.get(key)?.receive(round(value));
    this.#count(msg, date, now);
  }

  #count(msg: object, date: Date, now: number): void {
    const sample = energySampleOf(msg, date);
    assert.ok(sample);
    const known = this.#counted.get(this.serial);
    const { meter, isCounted } = countSample(known, sample, 'Europe/Copenhagen', now, date.getTime() - sample.at);
    this.#counted.set(this.serial, meter);
    if (isCounted) this.reports.push(consumptionReport(meter));
  }

  /** Node-RED is off for so long, and starts again with its stored data. */
  off(duration: number): this {
    this.live(duration);
    for (const [serial, guard] of this.#guards) {
      this.#guards.set(serial, recall(JSON.parse(JSON.stringify(remember(guard))))!);
      this.#counted.set(serial, recallCountedMeter(JSON.parse(JSON.stringify(this.#counted.get(serial))))!);
    }
    this.#startedAt = this.time;
    return this;
  }

  approve(): this {
    const guard = this.#guards.get(this.serial);
    assert.ok(guard);
    this.#guards.set(this.serial, plausibility.approveHeld(guard));
    return this;
  }

  reported(name: string): number {
    return Number(this.reports.at(-1)?.[`activeEnergyImport${name}`]);
  }

  /** kWh that the consumers have booked of a register; all must have the same. */
  booked(key: (typeof KEYS)[number] = 'activeEnergyImport'): number {
    const { homeAssistant, rises } = this.sinks.get(key)!;
    assert.equal(round(homeAssistant.sum), round(rises), 'Home Assistant and others differ');
    return round(rises);
  }
}

const near = (value: number, kWh: number, slack = 0.01): void => {
  assert.ok(Math.abs(value - kWh) <= slack, `${value} instead of ${kWh} kWh`);
};

describe('What is booked behind guard and consumption', () => {
  it('when a reader counts from zero after its own restart: what was used', () => {
    const story = new Story('2026-11-21T12:00:00Z');
    const begin = { ...story.registers };
    story.reader = (registers) =>
      Object.fromEntries(KEYS.map((key) => [key, (registers[key] ?? 0) - (begin[key] ?? 0)]));
    story.run(50 * MINUTE);
    story.reader = (registers) => registers;
    story.run(10 * MINUTE);
    for (const key of ['activeEnergyImport', 'tier1ActiveEnergyImport', 'reactiveEnergyImport'] as const) {
      near(story.booked(key), 1.08 + 0.015);
    }
    near(story.reported('Today'), 1.08 + 0.015);
    assert.equal(story.powers, 6 + 360);
  });

  it('when the meter is exchanged: nothing of what the new one counted elsewhere', () => {
    const story = new Story('2026-11-21T12:00:00Z').run(HOUR);
    story.serial = '43';
    story.registers = { ...story.registers, activeEnergyImport: 3.2, tier1ActiveEnergyImport: 1 };
    story.run(HOUR);
    near(story.booked(), 1.08 + 0.015);
    near(story.reported('ThisMonth'), 1.08);
  });

  it('when the meter is reset under its serial number: month and year keep consumption', () => {
    for (const isApproved of [false, true]) {
      const story = new Story('2026-11-21T12:00:00Z').run(HOUR);
      story.registers = {
        ...story.registers,
        activeEnergyImport: 0.01,
        tier1ActiveEnergyImport: 0,
        reactiveEnergyImport: 0,
      };
      story.run(MINUTE);
      if (isApproved) story.approve();
      story.run(3 * HOUR - MINUTE);
      // Home Assistant counts a reset register from zero; scripts miss what was held back.
      near(story.sinks.get('activeEnergyImport')!.homeAssistant.sum, 4 * 1.08 + 0.025);
      near(story.reported('ThisMonth'), (isApproved ? 4 : 3) * 1.08, 0.05);
      assert.ok(story.reported('ThisMonth') <= 4 * 1.08 + 0.02);
    }
  });

  it('after a night without power: counts the consumption, but assigns it to no day', () => {
    const story = new Story('2026-11-21T12:00:00Z')
      .run(8 * HOUR, MINUTE)
      .off(12 * HOUR)
      .run(4 * HOUR, MINUTE);
    near(story.booked(), 24 * 1.08 + 0.015);
    near(story.reported('ThisMonth'), 24 * 1.08 + 0.015);
    near(story.reported('Today'), 4 * 1.08, 0.05);
  });

  it('when the clock is a day ahead for a while at the end of the year: what was used', () => {
    for (const hasMeterClock of [false, true]) {
      const story = new Story('2026-12-31T10:00:00Z');
      story.hasMeterClock = hasMeterClock;
      story.run(HOUR).hostAhead = DAY;
      story.run(hasMeterClock ? 3 * HOUR : 10 * MINUTE).hostAhead = 0;
      story.run(hasMeterClock ? HOUR : 3 * HOUR + 50 * MINUTE);
      for (const name of ['Today', 'ThisMonth', 'ThisYear']) near(story.reported(name), 5 * 1.08 + 0.015, 0.02);
      near(story.booked(), 5 * 1.08 + 0.015);
      const months = story.reports.map((report) => Number(report['activeEnergyImportThisMonth']));
      assert.ok(
        months.every((kWh, place) => kWh >= (months[place - 1] ?? 0)),
        'no reported month falls',
      );
    }
  });

  it('when a year ends: the old one whole, the new one from midnight', () => {
    const story = new Story('2026-12-30T22:59:00Z').run(DAY + MINUTE, MINUTE).run(2 * HOUR, MINUTE);
    near(story.reported('Yesterday'), 24 * 1.08, 0.03);
    for (const name of ['Today', 'ThisMonth', 'ThisYear']) near(story.reported(name), 2 * 1.08, 0.05);
    near(story.booked(), 26 * 1.08 + 0.03, 0.02);
  });

  for (const factor of [10, 0.1]) {
    it(`when a reader changes the unit by ${factor} for half a day: what was used`, () => {
      const story = new Story('2026-11-21T00:00:00Z');
      story.reader = (registers) => Object.fromEntries(KEYS.map((key) => [key, (registers[key] ?? 0) * factor]));
      story.run(12 * HOUR, MINUTE);
      story.reader = (registers) => registers;
      story.run(HOUR, MINUTE);
      near(story.booked(), 13 * 1.08 + 0.015);
      near(story.reported('Today'), 13 * 1.08 + 0.015);
    });
  }

  it('on a day that sells: what was sold and bought, whichever way the currents point', () => {
    const story = new Story('2026-11-21T06:00:00Z').run(HOUR, MINUTE);
    story.sells = 2;
    story.run(3 * HOUR, MINUTE).sells = 0;
    story.run(HOUR, MINUTE);
    near(story.booked(), 2 * 1.08 + 0.015);
    near(story.booked('activeEnergyExport'), 6);
    assert.equal(story.reports.at(-1)?.['activeEnergyExportToday'], 6);
    assert.equal(story.reports.length, 5 * 60 + 5, 'nothing is held');
  });

  it('when the register rolls over after its last digit: what was used', () => {
    for (const digits of [undefined, 8]) {
      const story = new Story('2026-11-21T12:00:00Z', 99_999.5);
      story.digits = digits;
      story.reader = (registers) => ({
        ...registers,
        activeEnergyImport: (registers['activeEnergyImport'] ?? 0) % 1e5,
      });
      story.run(2 * HOUR);
      near(story.reported('Today'), 2 * 1.08 + 0.015);
      // The energy up to the roll-over is not counted by consumers that do not know the number of digits.
      const left = 1e5 - 99_999.5;
      assert.ok(story.sinks.get('activeEnergyImport')!.homeAssistant.sum <= 2 * 1.08 + 0.02);
      assert.ok(story.sinks.get('activeEnergyImport')!.homeAssistant.sum >= 2 * 1.08 - left);
    }
  });

  for (const [what, stuck] of [
    ['the import', { activeEnergyImport: 50 }],
    ['the import, after its tariff', { activeEnergyImport: 50, tier1ActiveEnergyImport: 0 }],
    ['all registers', { activeEnergyImport: 50, tier1ActiveEnergyImport: 25, reactiveEnergyImport: 4 }],
    ['the import far too high', { activeEnergyImport: 50_000 }],
  ] as const) {
    it(`when ${what} is stuck at a wrong value for a day: what was used`, () => {
      const story = new Story('2026-11-21T00:00:00Z').run(2 * HOUR, MINUTE);
      story.reader = (registers) => ({ ...registers, ...stuck });
      story
        .run(12 * HOUR, MINUTE)
        .off(MINUTE)
        .run(12 * HOUR, MINUTE);
      story.reader = (registers) => registers;
      story.run(HOUR, MINUTE);
      near(story.booked(), 27 * 1.08 + 0.03, 0.03);
      near(story.booked('tier1ActiveEnergyImport'), 27 * 1.08 + 0.03, 0.03);
    });
  }

  it('when a meter is reset in a house that uses nothing for hours: what was used', () => {
    const story = new Story('2026-11-21T00:00:00Z').run(HOUR, MINUTE);
    const empty = { activeEnergyImport: 0.4, activeEnergyExport: 0, tier1ActiveEnergyImport: 0.4 };
    story.reader = () => ({ ...empty, reactiveEnergyImport: 0.1 });
    story.run(5 * HOUR, MINUTE);
    near(story.booked(), 1.08 + 0.015, 0.02);
    story.registers = { ...empty, reactiveEnergyImport: 0.1 };
    story.reader = (registers) => registers;
    story.run(2 * HOUR, MINUTE);
    near(story.sinks.get('activeEnergyImport')!.homeAssistant.sum, 1.08 + 0.015 + 0.4 + 2 * 1.08, 0.05);
  });

  it('when Node-RED is restarted while a series is held: what was used', () => {
    const story = new Story('2026-11-21T12:00:00Z');
    story.reader = (registers) => Object.fromEntries(KEYS.map((key) => [key, (registers[key] ?? 0) / 1e4]));
    story
      .run(50 * MINUTE)
      .off(MINUTE)
      .run(50 * MINUTE)
      .off(MINUTE);
    story.reader = (registers) => registers;
    story.run(18 * MINUTE);
    near(story.booked(), 2 * 1.08 + 0.015);
    near(story.reported('Today'), 2 * 1.08 + 0.015);
  });

  it('when the computer wakes in 1970 and is set later: what was used', () => {
    for (const hasMeterClock of [false, true]) {
      const story = new Story('2026-11-21T12:00:00Z');
      story.hasMeterClock = hasMeterClock;
      story.run(HOUR).off(10 * MINUTE).hostAhead = -story.time;
      story.run(30 * MINUTE).hostAhead = 0;
      story.run(80 * MINUTE);
      near(story.booked(), 3 * 1.08 + 0.015);
      for (const name of ['Today', 'ThisMonth', 'ThisYear']) near(story.reported(name), 3 * 1.08 + 0.015);
    }
  });
});
