import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COLUMNS } from '../../../src/publish/rows/columns.js';
import { csvHeader } from '../../../src/publish/rows/index.js';
import { throwsWith } from '../../support/assert-error.js';
import { decoded, type DecodedMessage, SERIAL } from '../../support/readings/decoded.js';
import { formatOf, formatted } from '../../support/readings/format-stage.js';

const LATER = '2026-11-20T12:00:10.250Z';
const of = (format: string, settings: object, ...messages: DecodedMessage[]): Record<string, unknown> => ({
  ...formatted(formatOf(format, settings), ...messages)[0],
});
const onlyWith = (payload: DecodedMessage['payload']): DecodedMessage => ({ ...decoded('BT28'), payload });

describe('A row', () => {
  it('has columns with names valid in any database', () => {
    const names = COLUMNS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z][a-z0-9_]+$/);
  });

  it('holds the values of its own reading, and none of a table read at another time', () => {
    const { payload } = of('sql', {}, decoded('BT23'), decoded('BT28', { readAt: LATER })) as {
      payload: Record<string, unknown>;
    };
    assert.deepEqual(payload, {
      ts: '2026-11-20T12:00:10.250Z',
      serial: SERIAL,
      energy_import_wh: null,
      energy_export_wh: null,
      reactive_energy_import_varh: null,
      reactive_energy_export_varh: null,
      power_w: 399,
      power_import_w: 399,
      power_export_w: 0,
      l1_power_w: 292,
      l2_power_w: 85,
      l3_power_w: 22,
      l1_voltage_v: 225.635,
      l2_voltage_v: 227.935,
      l3_voltage_v: 227.779,
      l1_current_a: 2.877,
      l2_current_a: 1.557,
      l3_current_a: 2.161,
      l1_power_factor: 0.451,
      l2_power_factor: 0.241,
      l3_power_factor: 0.045,
      frequency_hz: 50.05,
      reactive_import_var: 0,
      reactive_export_var: 959,
      apparent_va: 1491,
    });
  });

  it('counts energy in whole Wh, whatever a float makes of kWh', () => {
    for (const [kWh, Wh] of [
      [65845.343, 65845343],
      [0.179, 179],
      [999999.999, 999999999],
      [1.005, 1005],
      [0, 0],
    ] as const) {
      const { payload } = of('sql', {}, onlyWith({ activeEnergyImport: kWh }));
      assert.equal((payload as Record<string, unknown>)['energy_import_wh'], Wh);
    }
  });

  it('is not made of a reading that has nothing in it for a column', () => {
    for (const format of ['influx', 'sql', 'csv']) {
      assert.deepEqual(
        formatted(formatOf(format), decoded('BT28'), onlyWith({ powerOutages: 3, voltageL1: null })),
        [],
      );
    }
  });

  it('behind transformers holds the values after their ratio', () => {
    const message = onlyWith({ currentL1: 2, currentL1PostRatio: 200, voltageL1: 230 });
    const meter = { ...message.meter, dimensions: { BT15: { applied: true, ctRatio: 100, vtRatio: 1 } } };
    const { payload } = of('sql', {}, { ...message, meter });
    assert.equal((payload as Record<string, unknown>)['l1_current_a'], 200);
    assert.equal((payload as Record<string, unknown>)['l1_voltage_v'], 230);
  });
});

describe('SQL', () => {
  it('brings the same values as parameters for SQLite and for PostgreSQL', () => {
    const { payload, params, queryParameters } = of('sql', {}, decoded('BT23')) as Record<string, object>;
    assert.deepEqual(queryParameters, payload);
    assert.deepEqual(
      params,
      Object.fromEntries(Object.entries(payload!).map(([name, value]) => [`$${name}`, value as unknown])),
    );
    assert.equal((payload as Record<string, unknown>)['energy_import_wh'], 65845343);
  });
});

describe('InfluxDB line protocol', () => {
  it('has integers for counters, floats for all else, and the reading time in ns', () => {
    const ns = `${Date.parse('2026-11-20T12:00:00Z')}000000`;
    assert.equal(
      of('influx', {}, decoded('BT23'))['payload'],
      `nes,serial=${SERIAL} energy_import_wh=65845343i,energy_export_wh=179i,` +
        `reactive_energy_import_varh=4056958i,reactive_energy_export_varh=20491956i ${ns}`,
    );
    const { payload } = of('influx', { measurement: 'house power' }, onlyWith({ activePower: 412, voltageL1: null }));
    assert.equal(payload, `house\\ power,serial=${SERIAL} power_w=412 ${ns}`);
  });

  it('never writes an exponent', () => {
    const { payload } = of('influx', {}, onlyWith({ currentL1: 1e-7 }));
    assert.match(String(payload), /l1_current_a=0\.0000001 /);
  });

  it('escapes what would end a serial number', () => {
    const message = { ...decoded('BT28', { serial: 'A 1,2=3' }), payload: { frequency: 50 } };
    assert.match(String(of('influx', {}, message)['payload']), /^nes,serial=A\\ 1\\,2\\=3 frequency_hz=50 \d+$/);
  });

  it('names a meter by its id where the line protocol cannot hold its serial number', () => {
    for (const serial of ['A\nnes power_w=1', 'ends in a backslash \\', 'A\0B']) {
      const message = { ...decoded('BT28', { serial }), payload: { frequency: 50 } };
      const { payload } = of('influx', {}, message);
      assert.match(String(payload), /^nes,serial=[\w-]+-[0-9a-f]{12} frequency_hz=50 \d+$/, serial);
    }
  });

  it('refuses a measurement that InfluxDB would', () => {
    for (const measurement of ['_nes', '#nes', 'n\\es', 'n\nes']) {
      throwsWith(() => formatOf('influx', { measurement }), 'bad-setting');
    }
  });
});

describe('CSV', () => {
  it('has a value or nothing under each word of the header', () => {
    const line = String(of('csv', {}, decoded('BT28', { readAt: LATER }))['payload']);
    const row = Object.fromEntries(
      csvHeader('comma')
        .split(',')
        .map((name, index) => [name, line.split(',')[index]]),
    );
    assert.equal(row['time_utc'], '2026-11-20 12:00:10');
    assert.equal(row['serial'], SERIAL);
    assert.equal(row['energy_import_wh'], '');
    assert.equal(row['power_w'], '399');
    assert.equal(row['l1_voltage_v'], '225.635');
    assert.equal(line.split(',').length, csvHeader('comma').split(',').length);
  });

  it('for spreadsheets has semicolons and a decimal comma', () => {
    const line = String(of('csv', { style: 'semicolon' }, onlyWith({ activePower: 412, voltageL1: 231.4 }))['payload']);
    assert.match(line, /^2026-11-20 12:00:00;83334000001;;;;;412;;;;;;231,4;;/);
    assert.equal(line.split(';').length, csvHeader('semicolon').split(';').length);
  });

  it('quotes a serial number that would break a line', () => {
    const message = { ...decoded('BT28', { serial: 'A",1' }), payload: { frequency: 50 } };
    assert.match(String(of('csv', {}, message)['payload']), /^2026-11-20 12:00:00,"A"",1",/);
  });

  const serialCell = (serial: string, style = 'comma'): string => {
    const message = { ...decoded('BT28', { serial }), payload: { frequency: 50 } };
    const line = String(of('csv', { style }, message)['payload']);
    return /^[^,;]+[,;]("(?:[^"]|"")*"|[^,;]*)[,;]/.exec(line)?.[1] ?? line;
  };

  it('has no text that a spreadsheet would run', () => {
    for (const [serial, cell] of [
      ['=HYPERLINK("http://evil.example")', `"'=HYPERLINK(""http://evil.example"")"`],
      ['+1', `'+1`],
      ['-1', `'-1`],
      ['@SUM(1)', `'@SUM(1)`],
      ['＝1', `'＝1`],
      ['a;=1', `"a;'=1"`],
      ['a,-1', `"a,'-1"`],
      ['"=1', `"""'=1"`],
      ['12-3+4=7', '12-3+4=7'],
      ['A 12', 'A 12'],
    ] as const) {
      for (const style of ['comma', 'semicolon']) assert.equal(serialCell(serial, style).trim(), cell, serial);
    }
  });

  it('separates meters by serial numbers that need escaping in a line', () => {
    const cells = ['=1\u0001', 'A\n=1', 'A\r=1', 'A\u202e=1'].map((serial) => serialCell(serial));
    assert.equal(new Set(cells).size, cells.length, cells.join());
    for (const cell of cells) assert.match(cell, /^'?[\w-]+-[0-9a-f]{12}$/);
  });

  it('has one line for each reading, whatever the serial number holds', () => {
    const separators = csvHeader('comma').split(',').length - 1;
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .filter((each) => each.replaceAll(/[\s\0]/g, '') !== '');
    fc.assert(
      fc.property(text, (serial) => {
        const message = { ...decoded('BT28', { serial }), payload: { activePower: -412 } };
        const line = String(of('csv', {}, message)['payload']);
        assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
        const withoutSerial = line.replace(/,"(?:[^"]|"")*",/, ',,');
        assert.equal(withoutSerial.split(',').length - 1, separators, line);
        assert.match(line, /,-412,/, 'a number below zero stays a number');
      }),
    );
  });

  it('refuses a style that there is not', () => {
    throwsWith(() => formatOf('csv', { style: 'tab' }), 'bad-setting');
    throwsWith(() => formatOf('csv', { style: 'constructor' }), 'bad-setting');
  });
});

describe('Domoticz', () => {
  const svalue = (device: string, ...messages: DecodedMessage[]): unknown => {
    const { payload, ...rest } = of('domoticz', { idx: '7', device }, ...messages);
    assert.deepEqual(rest, { topic: 'domoticz/in', qos: 0, retain: false });
    const { svalue: text, ...command } = JSON.parse(String(payload)) as Record<string, unknown>;
    assert.deepEqual(command, { command: 'udevice', idx: 7, nvalue: 0 });
    return text;
  };

  it('gets Wh and W, with import or export at zero', () => {
    assert.equal(svalue('p1', decoded('BT23'), decoded('BT28')), '65845343;0;179;0;399;0');
    const exporting = onlyWith({ activePower: -1200.4 });
    assert.equal(svalue('p1', decoded('BT23'), exporting), '65845343;0;179;0;0;1200');
    assert.equal(svalue('counter', decoded('BT23'), exporting), '-1200;65845343');
  });

  it('gets nothing until power and energy are both present', () => {
    for (const device of ['p1', 'counter']) {
      const format = formatOf('domoticz', { idx: 7, device });
      assert.deepEqual(formatted(format, decoded('BT28')), []);
      assert.deepEqual(formatted(format, decoded('BT23')), []);
      assert.equal(format.isForOneMeter, true);
    }
  });

  it('refuses settings that cannot be', () => {
    for (const wrong of [{}, { idx: '0' }, { idx: 'seven' }, { idx: 7, device: 'gas' }, { idx: 7, topic: 'a/#' }]) {
      throwsWith(() => formatOf('domoticz', wrong), 'bad-setting');
    }
  });
});
