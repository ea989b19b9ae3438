import assert from 'node:assert/strict';
import fc from 'fast-check';
import { crc16 } from '../../../../src/publish/p1/crc16.js';
import { localTime } from '../../../../src/publish/p1/local-time.js';
import { throwsWith } from '../../../support/assert-error.js';
import { decoded, type DecodedMessage } from '../../../support/readings/decoded.js';
import { parseTelegram } from '../../../support/sinks/dsmr-parser.js';
import { formatOf, snapshotOf, formatted } from '../../../support/readings/format-stage.js';

const SETTINGS = { timeZone: 'Europe/Copenhagen' };
const LATER = '2026-11-20T12:00:10Z';
const withValues = (message: DecodedMessage, values: Record<string, number | null>): DecodedMessage => ({
  ...message,
  payload: { ...message.payload, ...values },
});
/** The telegram after a reading of both tables, with some values of BT28 changed. */
function telegram(
  name: string,
  values: Record<string, number | null> = {},
  energy: Record<string, number> = {},
): string {
  const [message] = formatted(
    formatOf(name, SETTINGS),
    withValues(decoded('BT23'), energy),
    withValues(decoded('BT28', { readAt: LATER }), values),
  );
  return String(message?.payload);
}

describe('CRC16/ARC', () => {
  it('gives the check value of its definition', () => {
    assert.equal(crc16(new TextEncoder().encode('123456789')), 0xbb3d);
    assert.equal(crc16(new Uint8Array()), 0);
  });
});

describe('P1 telegram', () => {
  it('DSMR 5, byte by byte', () => {
    const lines = [
      '/NES5\\83334-3I',
      '',
      '1-3:0.2.8(50)',
      '0-0:1.0.0(261120130010W)',
      '0-0:96.1.1(3833333334303030303031)',
      '1-0:1.8.1(065845.343*kWh)',
      '1-0:1.8.2(000000.000*kWh)',
      '1-0:2.8.1(000000.179*kWh)',
      '1-0:2.8.2(000000.000*kWh)',
      '0-0:96.14.0(0001)',
      '1-0:1.7.0(00.399*kW)',
      '1-0:2.7.0(00.000*kW)',
      '1-0:32.7.0(225.6*V)',
      '1-0:52.7.0(227.9*V)',
      '1-0:72.7.0(227.8*V)',
      '1-0:31.7.0(003*A)',
      '1-0:51.7.0(002*A)',
      '1-0:71.7.0(002*A)',
      '1-0:21.7.0(00.292*kW)',
      '1-0:41.7.0(00.085*kW)',
      '1-0:61.7.0(00.022*kW)',
      '1-0:22.7.0(00.000*kW)',
      '1-0:42.7.0(00.000*kW)',
      '1-0:62.7.0(00.000*kW)',
    ];
    const text = telegram('p1-dsmr5');
    assert.deepEqual(text.split('\r\n').slice(0, -2), lines);
    assert.match(text, /\r\n![0-9A-F]{4}\r\n$/);
  });

  it('5S, byte by byte', () => {
    const lines = [
      '/NES5\\83334-3I',
      '',
      '0-0:1.0.0(261120130010W)',
      '1-0:1.8.0(00065845.343*kWh)',
      '1-0:2.8.0(00000000.179*kWh)',
      '1-0:3.8.0(00004056.958*kvarh)',
      '1-0:4.8.0(00020491.956*kvarh)',
      '1-0:1.7.0(0000.399*kW)',
      '1-0:2.7.0(0000.000*kW)',
      '1-0:3.7.0(0000.000*kvar)',
      '1-0:4.7.0(0000.959*kvar)',
      '1-0:21.7.0(0000.292*kW)',
      '1-0:22.7.0(0000.000*kW)',
      '1-0:41.7.0(0000.085*kW)',
      '1-0:42.7.0(0000.000*kW)',
      '1-0:61.7.0(0000.022*kW)',
      '1-0:62.7.0(0000.000*kW)',
      '1-0:32.7.0(225.6*V)',
      '1-0:52.7.0(227.9*V)',
      '1-0:72.7.0(227.8*V)',
      '1-0:31.7.0(002.9*A)',
      '1-0:51.7.0(001.6*A)',
      '1-0:71.7.0(002.2*A)',
    ];
    const text = telegram('p1-5s');
    assert.deepEqual(text.split('\r\n').slice(0, -2), lines);
  });

  it('is read by a parser that is not ours, CRC included', () => {
    const { objects } = parseTelegram(telegram('p1-dsmr5'));
    assert.equal(objects['dsmr version'], '5.0');
    assert.equal(objects['equipment identifier'], '83334000001');
    assert.equal(objects['electricity delivered tariff 1'], 65845.343);
    assert.equal(objects['electricity received tariff 1'], 0.179);
    assert.equal(objects['actual electricity power delivered'], 0.399);
    assert.equal(objects['instantaneous voltage L2'], 227.9);
    assert.equal(objects['instantaneous active power L3 delivered'], 0.022);
    const swedish = parseTelegram(telegram('p1-5s')).objects;
    assert.equal(swedish['electricity delivered tariff 0'], 65845.343);
    assert.equal(swedish['instantaneous exported reactive power (Q-)'], 0.959);
    const spoilt = telegram('p1-5s').replace('65845', '65846');
    assert.throws(() => parseTelegram(spoilt), /CHECKSUM/);
  });

  it('gives the difference of import and export, of each phase and of all', () => {
    const house = { activePower: -1500, activePowerL1: -2000, activePowerL2: 300, activePowerL3: 201 };
    const { objects } = parseTelegram(telegram('p1-dsmr5', house));
    assert.equal(objects['actual electricity power delivered'], 0);
    assert.equal(objects['actual electricity power received'], 1.499, 'the sum of the phases');
    assert.equal(objects['instantaneous active power L1 delivered'], 0);
    assert.equal(objects['instantaneous active power L1 received'], 2);
    assert.equal(objects['instantaneous active power L2 delivered'], 0.3);
  });

  it('keeps a total that its phases do not explain, and phases of which one is missing', () => {
    const apart = parseTelegram(telegram('p1-dsmr5', { activePower: 999 })).objects;
    assert.equal(apart['actual electricity power delivered'], 0.999);
    const missing = telegram('p1-dsmr5', { activePowerL2: null, activePowerImportL2: null, voltageL2: null });
    assert.doesNotMatch(missing, /1-0:[246][12]\.7\.0/);
    assert.doesNotMatch(missing, /1-0:52\.7\.0/);
  });

  it('of a single-phase meter gives its one phase, and none of those it reports as 0', () => {
    const none = Object.fromEntries(
      ['L2', 'L3'].flatMap((phase) =>
        ['activePower', 'activePowerImport', 'activePowerExport', 'voltage', 'current'].map((key) => [key + phase, 0]),
      ),
    );
    const message = withValues(decoded('BT28'), { ...none, activePower: 292, activePowerImport: 292 });
    const meter = { ...message.meter, dimensions: { ET29: { singlePhase: true, polyphase: false } } };
    const [sent] = formatted(formatOf('p1-dsmr5'), decoded('BT23'), { ...message, meter });
    const { objects } = parseTelegram(String(sent?.payload));
    assert.equal(objects['instantaneous active power L1 delivered'], 0.292);
    assert.equal(objects['instantaneous voltage L1'], 225.6);
    assert.doesNotMatch(String(sent?.payload), /1-0:[4567][12]\.7\.0/);
  });

  it('identifies itself in 16 characters at the most', () => {
    const message = decoded('BT28');
    const meter = { ...message.meter, model: 'A model with a rather long name' };
    const [sent] = formatted(formatOf('p1-dsmr5'), decoded('BT23'), { ...message, meter });
    assert.match(String(sent?.payload), /^\/NES5\\A-model-with-a-r\r\n/);
  });

  it('of a meter that measures no export does not report zero export', () => {
    const values = { activePower: null, activePowerExport: null };
    const text = telegram('p1-5s', values, { activeEnergyExport: null as never });
    assert.match(text, /1-0:1\.7\.0\(0000\.399\*kW\)/);
    assert.doesNotMatch(text, /1-0:2\.8\.0/);
  });

  it('waits until power and energy are both known', () => {
    const format = formatOf('p1-dsmr5', SETTINGS);
    assert.deepEqual(formatted(format, decoded('BT28')), []);
    assert.deepEqual(formatted(format, decoded('BT23')), []);
    assert.equal(formatted(format, decoded('BT28'), decoded('BT23')).length, 1);
  });

  it('repeats the last telegram unchanged at its interval until the power is too old', () => {
    const { repeat } = formatOf('p1-dsmr5', { ...SETTINGS, repeatEvery: '5' });
    assert.equal(repeat?.everyMs, 5000);
    const fresh = snapshotOf(decoded('BT23'), decoded('BT28', { readAt: LATER }));
    const [message] = repeat.messages(fresh, new Date('2026-11-20T12:00:40Z'));
    assert.equal(message?.payload, telegram('p1-dsmr5'));
    const old = snapshotOf(decoded('BT28'), decoded('BT23', { readAt: '2026-11-20T12:03:01Z' }));
    assert.deepEqual(repeat.messages(old, new Date('2026-11-20T12:03:02Z')), []);
    assert.equal(formatOf('p1-dsmr5').repeat?.everyMs, 10_000);
    assert.equal(formatOf('p1-dsmr5', { repeatEvery: '0' }).repeat, undefined);
  });

  it('is for one meter only', () => {
    assert.equal(formatOf('p1-dsmr5').isForOneMeter, true);
    assert.equal(formatOf('p1-5s').isForOneMeter, true);
  });

  it('behind transformers gives the primary values', () => {
    const message = decoded('BT28', { readAt: LATER });
    const behind = {
      ...withValues(message, {
        activePowerPostRatio: 39_900,
        activePowerL1PostRatio: 29_200,
        activePowerL2PostRatio: 8500,
        activePowerL3PostRatio: 2200,
        currentL1PostRatio: 290.4,
      }),
      meter: { ...message.meter, dimensions: { BT15: { applied: true, ctRatio: 100, vtRatio: 1 } } },
    };
    const { objects } = parseTelegram(String(formatted(formatOf('p1-dsmr5'), decoded('BT23'), behind)[0]?.payload));
    assert.equal(objects['actual electricity power delivered'], 39.9);
    assert.equal(objects['instantaneous active power L2 delivered'], 8.5);
    assert.equal(objects['instantaneous current L1'], 290);
  });

  it('keeps whatever a meter calls itself from ending the telegram', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (model, name) => {
        const serial = `S${name}`;
        const [bt23, bt28] = (['BT23', 'BT28'] as const).map((table) => {
          const message = decoded(table);
          return { ...message, meter: { ...message.meter, serial, model } };
        });
        const text = String(formatted(formatOf('p1-dsmr5'), bt23!, bt28!)[0]?.payload);

        assert.match(text, /^\/[\x20-\x2e\x30-\x7e]+\r\n\r\n[^/!]+![0-9A-F]{4}\r\n$/);
        parseTelegram(text);
      }),
      { numRuns: 50 },
    );
  });

  it('has the time that readers take it for, whatever the zone of this computer is', () => {
    for (const name of ['p1-dsmr5', 'p1-5s']) {
      for (const settings of [{}, { timeZone: '' }]) {
        const [message] = formatted(formatOf(name, settings), decoded('BT23'), decoded('BT28', { readAt: LATER }));
        assert.match(String(message?.payload), /0-0:1\.0\.0\(261120130010W\)/);
      }
    }
  });

  it('refuses settings that cannot be', () => {
    throwsWith(() => formatOf('p1-5s', { repeatEvery: '1.5' }), 'bad-setting');
    throwsWith(() => formatOf('p1-5s', { timeZone: 'Europe/Atlantis' }), 'bad-setting');
  });
});

describe('Local time of a telegram', () => {
  const copenhagen = localTime('Europe/Copenhagen');
  for (const [utc, local] of [
    ['2026-07-01T10:00:00.999Z', '260701120000S'],
    ['2026-11-20T23:30:05Z', '261121003005W'],
    ['2026-10-25T00:30:00Z', '261025023000S'],
    ['2026-10-25T01:30:00Z', '261025023000W'],
    ['2026-03-29T00:59:59Z', '260329015959W'],
    ['2026-03-29T01:00:00Z', '260329030000S'],
    ['2025-12-31T23:00:00Z', '260101000000W'],
  ] as const) {
    it(`${utc} is ${local} in Copenhagen`, () => {
      assert.equal(copenhagen(Date.parse(utc)), local);
    });
  }

  it('knows zones without summer time, and those where summer is in January', () => {
    assert.equal(localTime('Asia/Tokyo')(Date.parse('2026-07-01T00:00:00Z')), '260701090000W');
    assert.equal(localTime('Australia/Sydney')(Date.parse('2026-01-01T00:00:00Z')), '260101110000S');
  });
});
