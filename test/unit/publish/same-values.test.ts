import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FORMATS, homeAssistant } from '../../../src/publish/index.js';
import type { FormatMessage } from '../../../src/publish/format.js';
import {
  type Publication,
  publishReading,
  publishSilence,
  removalOf,
  retainedOf,
} from '../../../src/publish/meter-events.js';
import { type MeterSnapshot, SNAPSHOTS } from '../../../src/publish/meter-snapshot.js';
import { readingOf } from '../../../src/publish/reading.js';
import { isMeasurement } from '../../../src/readings/index.js';
import { homeAssistantPublication } from '../../support/readings/home-assistant-stage.js';
import { formatOf } from '../../support/readings/format-stage.js';
import { SINKS, type Output } from '../../support/sinks/sink-values.js';

const EXPIRE_AFTER_S = 60;
const START = Date.parse('2026-11-20T12:00:00Z');
/** Statistics are made of history only. */
const NAMES = ['home-assistant', ...FORMATS.map(({ name }) => name).filter((name) => name !== 'ha-statistics')];
const PATHS: Readonly<Record<string, string>> = { homewizard: '/api/v1/data', 'dabbler-http': '/getDashDataWS' };

interface Message {
  readonly payload: Readonly<Record<string, number | null>>;
  readonly complete?: boolean;
  /** Seconds since the last message. */
  readonly after?: number;
}

/** The expected values by simple rules, without code of the package; undefined: never measured. */
function expectedOf(messages: readonly Message[]): (key: string) => number | null | undefined {
  const known = new Map<string, { value: number | null; at: number }>();
  let now = 0;
  for (const { payload, complete = false, after = 1 } of messages) {
    now += after;
    for (const [key, value] of Object.entries(payload)) {
      if (value !== null || (complete && known.has(key))) known.set(key, { value, at: now });
    }
    const [imported, exported] = [known.get('activePowerImport'), known.get('activePowerExport')];
    const isRead = (key: string): boolean => typeof payload[key] === 'number';
    const isPart = isRead('activePowerImport') !== isRead('activePowerExport');
    if (!isPart || isRead('activePower') || !imported || !exported) continue;
    const value = imported.value === null || exported.value === null ? null : imported.value - exported.value;
    known.set('activePower', { value, at: Math.min(imported.at, exported.at) });
  }
  return (key) => {
    const timed = known.get(key);
    return timed && isMeasurement(key) && now - timed.at > EXPIRE_AFTER_S ? null : timed?.value;
  };
}

/** Sends messages through a format, and keeps the retained ones like a broker. */
class Stage<Known extends MeterSnapshot> {
  readonly #name: string;
  readonly #publication: Publication<Known>;
  readonly retained = new Map<string, unknown>();
  output: Output = { messages: [], answer: undefined };
  #meter: Known | undefined;
  #at = START;

  constructor(name: string, publication: Publication<Known>) {
    this.#name = name;
    this.#publication = publication;
  }

  receive({ payload, complete = false, after = 1 }: Message): void {
    this.#at += after * 1000;
    const table = { id: 'BT28', complete, readAt: new Date(this.#at).toISOString() };
    const reading = readingOf({ payload, table, meter: { serial: '7' } }, { serial: '' }, new Date(0));
    const published = publishReading(this.#publication, this.#meter, reading, this.#meter === undefined);
    this.#meter = published?.meter ?? this.#meter;
    this.#take(published?.messages ?? []);
  }

  silence(): void {
    if (this.#meter === undefined) return;
    const silent = publishSilence(this.#publication, this.#meter);
    this.#meter = silent.meter;
    this.#take(silent.messages);
  }

  announceAndRemove(): void {
    if (this.#meter === undefined) return;
    this.#take(retainedOf(this.#publication, this.#meter, true));
    this.#take(removalOf(this.#publication, this.#meter));
  }

  #take(messages: readonly FormatMessage[]): void {
    for (const { topic, retain, payload } of messages) {
      if (topic === undefined || retain !== true) continue;
      if (payload === '') this.retained.delete(topic);
      else this.retained.set(topic, payload);
    }
    const request = { method: 'GET', path: PATHS[this.#name] ?? '/' };
    const answered = this.#publication.format.answer?.(this.#meter, request, new Date(this.#at));
    this.output = { messages, answer: answered?.statusCode === 200 ? answered.payload : undefined };
  }
}

function stageOf(name: string): Pick<Stage<MeterSnapshot>, keyof Stage<MeterSnapshot>> {
  if (name === 'home-assistant') {
    const settings = homeAssistant.homeAssistantSettings({ expireAfter: EXPIRE_AFTER_S });
    return new Stage(name, homeAssistantPublication(settings));
  }
  const format = formatOf(name, { idx: '1', style: 'comma' });
  return new Stage(name, { format, model: SNAPSHOTS, expireAfter: EXPIRE_AFTER_S });
}

/** The value of formats with one power: net power, else import minus export, else the import if nothing else was measured. */
function expectedPower(expected: ReturnType<typeof expectedOf>): number | null | undefined {
  const [net, imported, exported] = ['', 'Import', 'Export'].map((name) => expected(`activePower${name}`));
  if (net !== undefined || exported === undefined) return net === undefined ? imported : net;
  return typeof imported === 'number' && exported !== null ? imported - exported : null;
}

/** The ESP32 module fills the phases of a single-phase meter with zeros. */
function isExpected(key: string, value: number, expected: ReturnType<typeof expectedOf>): boolean {
  const wanted = key === 'activePower' ? expectedPower(expected) : expected(key);
  if (wanted === undefined && value === 0) return expected('voltageL2') === undefined;
  return typeof wanted === 'number' && Math.abs(value - wanted) < 1e-6;
}

function assertValues(name: string, output: Output, expected: ReturnType<typeof expectedOf>): void {
  const { valuesOf, isWhole } = SINKS[name]!;
  const values = valuesOf(output);
  for (const [key, value] of Object.entries(values)) {
    if (value !== null) assert.ok(isExpected(key, value, expected), `${name} has ${value} for ${key}`);
    else if (isWhole) assert.equal(expected(key) ?? null, null, `${name} has null for ${key}`);
  }
}

const KEYS = [
  ...['activePower', 'activePowerImport', 'activePowerExport'],
  ...['activeEnergyImport', 'activeEnergyExport', 'voltageL1', 'voltageL2', 'frequency'],
];
const values = fc.dictionary(fc.constantFrom(...KEYS), fc.option(fc.integer({ min: 0, max: 900 })), { minKeys: 1 });
/** Further values that the ESP32 module needs. The sum of the phases is not the total, so that telegrams have the total. */
const REST = Object.fromEntries(
  ['L1', 'L2', 'L3'].flatMap((phase) => [
    [`voltage${phase}`, 230],
    [`current${phase}`, 5],
    [`activePower${phase}`, 9000],
    [`activePowerImport${phase}`, 9000],
    [`activePowerExport${phase}`, 0],
  ]),
) as Readonly<Record<string, number>>;
/** Sometimes a complete reading: some formats wait for both power and energy. */
const whole = fc
  .tuple(...KEYS.map(() => fc.integer({ min: 0, max: 900 })))
  .map(([power = 0, imported = 0, ...rest]) => {
    const numbers = [imported - power, imported, power, ...rest];
    return { ...Object.fromEntries(KEYS.map((key, index) => [key, numbers[index] ?? 0])), ...REST };
  });
const message = fc.record({
  payload: fc.oneof({ weight: 3, arbitrary: values }, { weight: 1, arbitrary: whole }),
  complete: fc.boolean(),
  after: fc.integer({ min: 0, max: 100 }),
});
const histories = fc.array(message, { minLength: 1, maxLength: 12 });

describe('The same messages', () => {
  it('are compared in every format', () => {
    assert.deepEqual(Object.keys(SINKS).sort(), [...NAMES].sort());
  });

  for (const name of NAMES) {
    it(`give the same values in any order and at any time: ${name}`, () => {
      let compared = 0;
      fc.assert(
        fc.property(histories, (messages) => {
          const stage = stageOf(name);
          for (const [index, each] of messages.entries()) {
            stage.receive(each);
            compared += Object.keys(SINKS[name]!.valuesOf(stage.output)).length;
            assertValues(name, stage.output, expectedOf(messages.slice(0, index + 1)));
          }
        }),
      );
      assert.ok(compared > 200, 'the format published nothing that could be compared');
    });

    it(`end when the meter is silent and go when it is removed: ${name}`, () => {
      fc.assert(
        fc.property(histories, (messages) => {
          const stage = stageOf(name);
          for (const each of messages) stage.receive(each);
          stage.silence();
          const entries = Object.entries(SINKS[name]!.valuesOf(stage.output));
          assert.deepEqual(
            entries.filter(([key, value]) => value !== null && isMeasurement(key)),
            [],
            'measurements of a silent meter',
          );
          stage.announceAndRemove();
          const left = [...stage.retained.keys()].filter((topic) => !/bridge|^dabbler\/lwt$/.test(topic));
          assert.deepEqual(left, [], 'retained of a removed meter');
        }),
        { numRuns: 50 },
      );
    });
  }

  for (const name of ['home-assistant', 'json', 'fhem', 'homie', 'influx', 'sql', 'csv']) {
    it(`give the net power when import and export come apart: ${name}`, () => {
      const stage = stageOf(name);
      stage.receive({ payload: { activePowerImport: 500 } });
      stage.receive({ payload: { activePowerExport: 200 } });
      assert.equal(SINKS[name]!.valuesOf(stage.output)['activePower'], 300);
    });
  }
});
