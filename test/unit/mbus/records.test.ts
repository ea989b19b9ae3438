import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import {
  decodeFixedTelegram,
  decodeRecords,
  decodeTelegram,
  type MBusRecord,
  type RecordOptions,
} from '../../../src/mbus/index.js';
import { readFixtures } from '../../support/fixtures/fixtures.js';

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert.ok(bytes, hex);
  return bytes;
}

function recordOf(hex: string, options: RecordOptions = {}): MBusRecord {
  const { records, rest } = decodeRecords(bytesOf(hex), options);
  assert.equal(rest, null, hex);
  assert.equal(records.length, 1, hex);
  return records[0] as MBusRecord;
}

const valueOf = (hex: string, options?: RecordOptions): number | string | null => recordOf(hex, options).value;

describe('A data record of EN 13757-3', () => {
  it('has a place of up to ten DIFEs', () => {
    const { storage, tariff, subunit } = recordOf(`C4 ${'FF '.repeat(9)}7F 13 01 00 00 00`);
    assert.equal(storage, 2 ** 41 - 1);
    assert.equal(tariff, 4 ** 10 - 1);
    assert.equal(subunit, 2 ** 10 - 1);
    assert.deepEqual(decodeRecords(bytesOf(`C4 ${'FF '.repeat(10)}7F 13 01 00 00 00`)).records, []);
  });

  it('has the function that its DIF gives', () => {
    const functions = ['04', '14', '24', '34'].map((dif) => recordOf(`${dif} 13 01 00 00 00`).function);
    assert.deepEqual(functions, ['instantaneous', 'maximum', 'minimum', 'error']);
  });

  it('holds signed integers of each size', () => {
    assert.equal(valueOf('01 13 FF'), -0.001);
    assert.equal(valueOf('02 13 FE FF'), -0.002);
    assert.equal(valueOf('03 13 FD FF FF'), -0.003);
    assert.equal(valueOf('04 13 FC FF FF FF'), -0.004);
    assert.equal(valueOf('06 13 FB FF FF FF FF FF'), -0.005);
    assert.equal(valueOf('07 13 FA FF FF FF FF FF FF FF'), -0.006);
  });

  it('has no value where the integer is the most negative or too large', () => {
    assert.equal(valueOf('02 13 00 80'), null);
    assert.equal(valueOf('04 13 00 00 00 80'), null);
    assert.equal(valueOf('07 13 01 00 00 00 00 00 20 00'), null);
    assert.equal(valueOf('07 13 FF FF FF FF FF FF 1F 00'), 9_007_199_254_740.991);
  });

  it('holds BCD numbers, negative with F in front, and none with other digits', () => {
    assert.equal(valueOf('0C 13 78 56 34 12'), 12_345.678);
    assert.equal(valueOf('0C 13 78 56 34 F2'), -2_345.678);
    assert.equal(valueOf('0A 5A 23 F1'), -12.3);
    assert.ok(Object.is(valueOf('09 13 F0'), 0));
    assert.equal(valueOf('0C 13 FF FF FF FF'), null);
    assert.equal(valueOf('0A 13 23 A1'), null);
    assert.equal(valueOf('0B 13 56 34 12'), 123.456);
    assert.equal(valueOf('0E 13 12 90 78 56 34 12'), 123_456_789.012);
  });

  it('holds real numbers as the shortest decimal that is the same number', () => {
    assert.equal(valueOf('05 FD 3A CD CC CC 3D'), 0.1);
    assert.equal(valueOf('05 2B CD CC CC 3D'), 0.1);
    assert.equal(valueOf('05 2B 00 00 C0 7F'), null);
    assert.equal(valueOf('05 2B 00 00 80 7F'), null);
  });

  it('holds data of variable length: text, BCD of either sign, binary', () => {
    assert.equal(valueOf('0D 78 04 44 43 42 41'), 'ABCD');
    assert.equal(valueOf('0D 13 C2 34 12'), 1.234);
    assert.equal(valueOf('0D 13 D2 34 12'), -1.234);
    assert.equal(valueOf('0D 13 E3 40 42 0F'), 1_000);
    assert.equal(recordOf(`0D 13 F1 ${'00 '.repeat(20)}`).value, 0);
    assert.equal(valueOf('0D 13 00'), null);
    assert.equal(decodeRecords(bytesOf('0D 13 F7 00 00')).rest, '0D 13 F7 00 00');
    assert.equal(decodeRecords(bytesOf('0D 13 CA 00 00')).rest, '0D 13 CA 00 00');
  });

  it('holds dates of the types F, G, I and J by the clock of the device', () => {
    assert.equal(valueOf('42 6C 5F 1C'), '2010-12-31');
    assert.equal(valueOf('04 6D 1A 2F 65 11'), '2011-01-05T15:26');
    assert.equal(valueOf('06 6D 0B 1E 0F 65 11 01'), '2011-01-05T15:30:11');
    assert.equal(valueOf('03 6D 0B 1E 0F'), '15:30:11');
    // The hundreds of the year: 1900 + 100.
    assert.equal(valueOf('04 6D 1A 2F 65 11'.replace('2F', '4F')), '2111-01-05T15:26');
    assert.equal(valueOf('02 6C 3F B1'), '1989-01-31');
  });

  it('has no date where the device marks it as invalid or it is none of the calendar', () => {
    assert.equal(valueOf('04 6D 9A 2F 65 11'), null);
    assert.equal(valueOf('02 6C 00 00'), null);
    assert.equal(valueOf('02 6C 9F F1'), null);
    assert.equal(valueOf('02 6C 5E 12'), null);
    assert.equal(valueOf('02 6C FF FF'), null);
    assert.equal(valueOf('04 6D 3F 3F FF FF'), null);
    assert.equal(valueOf('06 6D 0B 9E 0F 65 11 01'), null);
    assert.equal(valueOf('0C 6D 26 15 05 11'), null);
  });

  it('is read from most significant byte first in mode 2', () => {
    assert.equal(valueOf('0C 13 12 34 56 78', { isMsbFirst: true }), 12_345.678);
    assert.equal(valueOf('02 6C 1C 5F', { isMsbFirst: true }), '2010-12-31');
    assert.equal(recordOf('0C 13 12 34 56 78', { isMsbFirst: true }).raw, '12 34 56 78');
  });

  it('is scaled and renamed by its VIFEs', () => {
    assert.deepEqual(pick('04 93 70 E8 03 00 00'), ['volume', 'm³', [], 0.000001]);
    assert.deepEqual(pick('04 93 7D E8 03 00 00'), ['volume', 'm³', [], 1_000]);
    assert.deepEqual(pick('04 93 3A E8 03 00 00'), ['volume', 'm³', ['uncorrected'], 1]);
    assert.deepEqual(pick('04 93 BC 22 E8 03 00 00'), ['volume', 'm³/h', ['negativeOnly', 'perHour'], 1]);
    assert.deepEqual(pick('02 FD C8 FC 01 E8 03'), ['voltage', 'V', ['phaseL1'], 100]);
    assert.deepEqual(pick('02 93 41 05 00'), ['volume', null, ['lowerLimitExceeds'], 5]);
    assert.deepEqual(pick('04 BB 6A 1A 2F 65 11'), ['volumeFlow', null, ['beginOfFirst'], '2011-01-05T15:26']);
    assert.deepEqual(pick('01 BB 5A 03'), ['volumeFlow', 'h', ['durationOfFirstUpperLimitExceed'], 3]);
  });

  it('has no value where the device gives an error instead of one', () => {
    assert.deepEqual(pick('04 93 15 00 00 00 00'), ['volume', 'm³', ['noDataAvailable'], null]);
    assert.deepEqual(pick('04 93 18 E8 03 00 00'), ['volume', 'm³', ['dataError'], null]);
  });

  it('has no value but its bytes where any of its VIF is not known', () => {
    for (const vif of ['7F', 'FF 21', '7E', '6F', 'FB 12', '93 7F', '93 FC 7F']) {
      const { quantity, unit, value, raw } = recordOf(`04 ${vif} E8 03 00 00`);
      assert.deepEqual([quantity, unit, value, raw], [null, null, null, 'E8 03 00 00'], vif);
    }
  });

  it('never gives a password, an access code or a key, nor their bytes', () => {
    for (const code of ['12', '13', '14', '15', '16', '19']) {
      const { value, raw } = recordOf(`04 FD ${code} 4E 61 BC 00`);
      assert.deepEqual([value, raw], [null, null]);
    }
  });

  it('names its manufacturer, and keeps the data of the manufacturer at the end', () => {
    assert.equal(valueOf('02 FD 0A 2D 2C'), 'KAM');
    const { records, moreFollows } = decodeRecords(bytesOf('04 13 E8 03 00 00 1F 01 02'));
    assert.equal(moreFollows, true);
    assert.equal(records[1]?.raw, '01 02');
    assert.equal(records[1].quantity, null);
  });
});

function pick(hex: string): unknown[] {
  const { quantity, unit, modifiers, value } = recordOf(hex);
  return [quantity, unit, modifiers, value];
}

describe('A telegram of an M-Bus device', () => {
  const HEADER = '78 56 34 12 2D 2C 08 07 04 14 00';

  it('names the device, what it measures and its alarms', () => {
    const telegram = decodeTelegram(bytesOf(`${HEADER} 00 04 13 E8 03 00 00`));
    assert.deepEqual(telegram?.device, {
      serial: '12345678',
      manufacturer: 'KAM',
      medium: 'water',
      version: 8,
      accessNumber: 4,
      alarms: ['powerLow', 'temporaryError'],
    });
    assert.equal(telegram.records[0]?.value, 1);
  });

  it('gives no record of ciphertext', () => {
    const data = '04 13 E8 03 00 00';
    const encrypted = decodeTelegram(bytesOf(`${HEADER} 05 ${data}`));
    assert.deepEqual([encrypted?.isEncrypted, encrypted?.records, encrypted?.rest], [true, [], data]);
    const decrypted = decodeTelegram(bytesOf(`${HEADER} 05 2F 2F ${data}`), { isCiphertext: false });
    assert.deepEqual([decrypted?.isEncrypted, decrypted?.records[0]?.value], [false, 1]);
    const failed = decodeTelegram(bytesOf(`${HEADER} 00 ${data}`), { isCiphertext: true });
    assert.deepEqual([failed?.isEncrypted, failed?.records], [true, []]);
  });

  it('has its header in mode 2 with the most significant byte first', () => {
    const telegram = decodeTelegram(bytesOf('12 34 56 78 2C 2D 08 07 04 00 00 00'), { isMsbFirst: true });
    assert.equal(telegram?.device.serial, '12345678');
    assert.equal(telegram.device.manufacturer, 'KAM');
  });

  it('has two counters in the fixed structure, in BCD or binary', () => {
    const bcd = decodeFixedTelegram(bytesOf('78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00'));
    assert.equal(bcd?.device.medium, 'water');
    assert.deepEqual(
      bcd.records.map(({ quantity, unit, value, storage }) => [quantity, unit, value, storage]),
      [
        ['volume', 'm³', 0.001, 0],
        ['volume', 'm³', 0.135, 1],
      ],
    );
    const binary = decodeFixedTelegram(bytesOf('78 56 34 12 0A 03 05 01 83 19 00 00 FF FF FF FF'));
    assert.deepEqual(
      binary?.records.map(({ quantity, value, storage }) => [quantity, value, storage]),
      [
        ['energy', 6_531, 1],
        [null, null, 1],
      ],
    );
    assert.equal(decodeFixedTelegram(new Uint8Array(15)), undefined);
  });
});

describe('The decoder of M-Bus records', () => {
  const frames = readFixtures<{ frames?: { name: string; hex: string }[] }>('mbus').flatMap(
    ([, fixture]) => fixture.frames ?? [],
  );
  const bodies = frames.map(({ hex }) => bytesOf(hex).subarray(19, -2));

  it('gives the whole records of a telegram that is cut at any byte', () => {
    for (const body of bodies) {
      const whole = decodeRecords(body).records.map((record) => JSON.stringify(record));
      for (let length = 0; length < body.length; length++) {
        const { records, rest } = decodeRecords(body.subarray(0, length));
        const last = records.at(-1);
        // Manufacturer data extend to the end of the buffer.
        const plain = last?.vif === '' ? records.slice(0, -1) : records;
        assert.ok(plain.every((record, index) => JSON.stringify(record) === whole[index]));
        if (rest !== null) assert.equal(rest, toHex(body.subarray(length - (rest.length + 1) / 3, length)));
      }
    }
  });

  it('never throws, and reads nothing beyond its bytes', () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(anything, fc.boolean(), (bytes, isMsbFirst) => {
        // A record that reads beyond the view would read these bytes.
        const poisoned = new Uint8Array(bytes.length + 64).fill(0x2f);
        poisoned.set(bytes);
        const exact = decodeRecords(bytes, { isMsbFirst });
        assert.deepEqual(decodeRecords(poisoned.subarray(0, bytes.length), { isMsbFirst }), exact);
        for (const { value } of exact.records) {
          assert.ok(typeof value !== 'number' || Number.isFinite(value));
        }
        assert.deepEqual(JSON.parse(JSON.stringify(exact)), exact);
        decodeTelegram(bytes, { isMsbFirst });
        decodeFixedTelegram(bytes, { isMsbFirst });
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes the bytes of its records and of its rest together for the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const bytes = noise.filter((byte) => byte !== 0x2f);
        const { records, rest } = decodeRecords(bytes);
        const parts = records.flatMap(({ dif, vif, raw }) => [dif, vif, raw ?? '']);
        const count = [...parts, rest ?? ''].join(' ').split(' ').filter(Boolean).length;
        const hasHidden = records.some(({ raw }) => raw === null);
        const isMarkerAlone = bytes.at(-1) === 0x0f || bytes.at(-1) === 0x1f;
        if (!hasHidden) assert.ok(count === bytes.length || (isMarkerAlone && count === bytes.length - 1));
      }),
      { numRuns: 2_000 },
    );
  });
});
