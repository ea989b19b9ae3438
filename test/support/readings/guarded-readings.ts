import assert from 'node:assert/strict';
import { plausibility } from '../../../src/readings/index.js';
import type { GuardedMeter, Verdict } from '../../../src/readings/plausibility/index.js';

const { disconnected, plausibilitySettings, receiveSample, recall, remember, sampleOf } = plausibility;

/** Readings of one meter in sequence. */
export class Readings {
  /** Wall clock, ms. */
  time = Date.UTC(2026, 10, 20, 12);
  /** Time from the measurement of a reading to its arrival, ms. */
  age = 0;
  /** Lead of the meter's clock over the wall clock, ms; undefined if readings do not give it. */
  meterAhead: number | undefined;
  arrival = 0;
  meter: GuardedMeter | undefined;
  readonly #settings: plausibility.PlausibilitySettings;
  readonly #dimensions: object;

  constructor(settings: object = {}, dimensions: object = {}) {
    this.#settings = plausibilitySettings(settings);
    this.#dimensions = dimensions;
  }

  /** A reading so many seconds after the last one. */
  after(
    seconds: number,
    payload: object,
    registers: unknown = [{ key: 'activeEnergyImport', value: 1, raw: 1000 }],
  ): Verdict {
    this.time += seconds * 1000;
    this.arrival += Math.max(seconds, 0) * 1000;
    const msg = {
      payload,
      registers,
      meter: { serial: '42', dimensions: this.#dimensions },
      table: {
        readAt: new Date(this.time).toISOString(),
        ...(this.meterAhead !== undefined && { meterTime: new Date(this.time + this.meterAhead).toISOString() }),
      },
    };
    const verdict = receiveSample(
      this.meter,
      sampleOf(msg, { date: new Date(this.time + this.age), now: this.arrival }),
      this.#settings,
    );
    this.meter = verdict.meter;
    return verdict;
  }

  /** A guard with confirmed values of a meter. */
  static at(payload: object, settings: object = {}, dimensions: object = {}, meterAhead?: number): Readings {
    const readings = new Readings(settings, dimensions);
    readings.meterAhead = meterAhead;
    readings.after(0, payload);
    for (let i = 0; i < 8; i += 1) assert.ok(readings.after(60, payload).isPassed);
    return readings;
  }

  restart(): void {
    this.meter = recall(JSON.parse(JSON.stringify(remember(this.meter!))));
    this.arrival = 0;
  }

  /** Ends the connection to the meter. */
  disconnect(): void {
    this.meter = disconnected(this.meter!);
  }

  /** Sets the host's wall clock; the meter's clock is not changed. */
  setHostClock(ms: number): void {
    this.time += ms;
    if (this.meterAhead !== undefined) this.meterAhead -= ms;
  }
}

/** The first reason, which is the most serious one. */
export const reasonOf = (verdict: Verdict): string | undefined => verdict.held[0]?.reason;

/** Typical registers. */
export const house = { activeEnergyImport: 117_000, activeEnergyExport: 829 };
