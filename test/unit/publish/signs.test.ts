import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FORMATS } from '../../../src/publish/formats.js';
import { fromReader } from '../../../src/readings/readers/index.js';
import { plausibility } from '../../../src/readings/index.js';
import { decoded, type DecodedMessage } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf, formatted } from '../../support/readings/format-stage.js';

/** A reader whose currents have the direction of the power. */
const READER = {
  ...{
    lv: 'x',
    id: '7000000001',
    type: '83334',
    P: 0,
    P1: 0,
    P2: 0,
    P3: 0,
    Q: 0,
    PO: 2400,
    PO1: 2140,
    PO2: 0,
    PO3: 260,
  },
  ...{ QO: 55, I1: -9.3, I2: 0.4, I3: -1.6, U1: 230.1, U2: 231.2, U3: 229.9, tPI: 12_345.678, tPO: 99.5 },
};
const directed: DecodedMessage = { ...decoded('BT28'), payload: fromReader(READER).payload };
const SETTINGS = { idx: '1' };
const CLOCK = new Date('2026-11-20T12:00:00Z');

/** The output of a format for a meter, as text. */
function outputOf(name: string, ...messages: readonly DecodedMessage[]): readonly string[] {
  const format = formatOf(name, SETTINGS);
  const meter = snapshotOf(...messages);
  const answers = ['/api/v1/data', '/getDashDataWS'].map((path) =>
    format.answer?.(meter, { method: 'GET', path }, CLOCK),
  );
  return [...formatted(format, ...messages), ...answers].map((each) => {
    const payload = each?.payload;
    if (typeof payload === 'string') return payload;
    return payload === undefined ? '' : JSON.stringify(payload);
  });
}

describe('Currents with a direction', () => {
  it('are plausible, each time their sign changes', () => {
    const settings = plausibility.plausibilitySettings({});
    let meter: plausibility.GuardedMeter | undefined;
    for (let i = 0; i < 20; i += 1) {
      const payload = { currentL1: i % 2 === 0 ? -9.3 : 4.1, activePower: i % 2 === 0 ? -2140 : 940 };
      const verdict = plausibility.receiveSample(
        meter,
        plausibility.sampleOf({ payload }, { date: CLOCK, now: i * 1000 }),
        settings,
      );
      assert.ok(verdict.isPassed);
      ({ meter } = verdict);
    }
  });

  it('have the direction of the power in answers like those of HomeWizard', () => {
    const [data] = outputOf('homewizard', directed);
    const {
      active_current_l1_a: l1,
      active_current_l2_a: l2,
      active_current_l3_a: l3,
    } = JSON.parse(String(data)) as Record<string, number>;
    assert.deepEqual([l1, l2, l3], [-9.3, 0.4, -1.6]);
  });

  it('without a direction get that of the power, and none where there is no current', () => {
    const payload = { ...directed.payload, currentL1: 9.3, currentL2: 0, activePowerL2: -1, currentL3: -1.6 };
    const [data] = outputOf('homewizard', { ...directed, payload: { ...payload, activePowerL3: 260 } });
    assert.match(String(data), /"active_current_l1_a":-9.3,"active_current_l2_a":0,"active_current_l3_a":1.6/);
  });

  it('are amounts in telegrams and in the integers of the ESP32 module', () => {
    const [dsmr] = outputOf('p1-dsmr5', directed);
    assert.match(String(dsmr), /31\.7\.0\(009\*A\)\r\n1-0:51\.7\.0\(000\*A\)\r\n1-0:71\.7\.0\(002\*A\)/);
    assert.match(String(outputOf('p1-5s', directed)[0]), /31\.7\.0\(009\.3\*A\)/);
    assert.ok(
      outputOf('dabbler', directed).some((text) => text.includes('"L1_RMS_A":9300,"L2_RMS_A":400,"L3_RMS_A":1600')),
    );
  });
});

describe('Numbers of every format', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constantFrom(-0, -0.0001, -0.4999, 5e-324, 1e-7, -1e-7, 1e21, -1e21, 1.7e308, 999_999.9999, -230.1),
  );
  const keys = Object.entries({ ...decoded('BT23').payload, ...directed.payload })
    .filter(([, value]) => value !== null)
    .map(([key]) => key);
  const payload = fc.dictionary(fc.constantFrom(...keys), number, { minKeys: 1, maxKeys: 12 });

  for (const { name } of FORMATS) {
    it(`have no sign inside, no exponent where it is padded, and no infinity: ${name}`, () => {
      fc.assert(
        fc.property(payload, (values) => {
          const energy = { ...decoded('BT23'), payload: { ...decoded('BT23').payload, ...values } };
          for (const text of outputOf(name, energy, { ...directed, payload: { ...directed.payload, ...values } })) {
            assert.doesNotMatch(text, /NaN|Infinity|undefined/);
            assert.doesNotMatch(text, /(?<![\d.e])-0(?![.\d])|\d-\d+(?:\.\d+)?\*/i);
            if (!name.startsWith('p1-')) continue;
            for (const [, value] of text.matchAll(/\(([^)]*)\*\w+\)/g)) assert.match(String(value), /^\d+(?:\.\d+)?$/);
          }
        }),
        { numRuns: 200 },
      );
    });
  }
});
