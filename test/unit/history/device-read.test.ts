import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromHex } from '../../../src/bytes/hex.js';
import { deviceReadOf, momentsIn } from '../../../src/history/index.js';

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert.ok(bytes, hex);
  return bytes;
}

const TIME = '19 0C 01 00 00 0A';
const HEADER = '78 56 34 12 2D 2C 08 07 04 00 00';

/** A stored read of telegrams with such records, each with its header, length and terminator. */
function stored(info: string, ...telegrams: readonly string[]): Uint8Array {
  const parts = telegrams.map((telegram) => {
    const bytes = bytesOf(telegram);
    return `${bytes.length.toString(16).padStart(2, '0')} ${telegram}`;
  });
  return bytesOf(`${TIME} ${info} ${parts.join(' ')}`);
}

describe('A stored read of an M-Bus device', () => {
  it('has the device, its records, and its present values by quantity', () => {
    const read = deviceReadOf(
      stored('00', `${HEADER} 00 04 13 E8 03 00 00 44 13 64 00 00 00 02 5A 2C 01 00`),
      momentsIn('Europe/Copenhagen'),
    );
    assert.equal(read?.device.serial, '12345678');
    assert.equal(read.device.manufacturer, 'KAM');
    assert.equal(read.device.medium, 'water');
    assert.deepEqual([read.local, read.at], ['2025-12-01T00:00:10', '2025-11-30T23:00:10Z']);
    assert.deepEqual(read.payload, { volume: 1, flowTemperature: 30 });
    assert.equal(read.records.length, 3);
    assert.deepEqual([read.isEncrypted, read.rest], [false, null]);
  });

  it('has no payload of a quantity that comes twice, nor of limits and tariffs', () => {
    const records = '04 13 E8 03 00 00 04 13 E9 03 00 00 84 10 06 01 00 00 00 14 2B 05 00 00 00 02 DA 48 2C 01';
    const read = deviceReadOf(stored('00', `${HEADER} 00 ${records} 00`));
    assert.deepEqual(read?.payload, {});
    assert.equal(read.records.length, 5);
    assert.equal(read.at, null);
  });

  it('has the records of all telegrams that are whole', () => {
    const first = `${HEADER} 00 04 13 E8 03 00 00 1F 00`;
    const second = `${HEADER} 00 04 06 02 00 00 00 00`;
    const both = stored('00', first, second);
    assert.deepEqual(deviceReadOf(both)?.payload, { volume: 1, energy: 2 });
    assert.deepEqual(deviceReadOf(both.subarray(0, -3))?.payload, { volume: 1 });
    const padded = new Uint8Array(both.length + 40);
    padded.set(both);
    assert.deepEqual(deviceReadOf(padded)?.payload, { volume: 1, energy: 2 });
  });

  it('is named as encrypted where its data are ciphertext', () => {
    const data = '04 13 E8 03 00 00 00';
    const bySignature = deviceReadOf(stored('00', `${HEADER} 05 ${data}`));
    assert.deepEqual([bySignature?.isEncrypted, bySignature?.records], [true, []]);
    const failed = deviceReadOf(stored('24', `${HEADER} 00 ${data}`));
    assert.deepEqual([failed?.isEncrypted, failed?.records], [true, []]);
    const decrypted = deviceReadOf(stored('04', `${HEADER} 05 ${data}`));
    assert.deepEqual([decrypted?.isEncrypted, decrypted?.payload], [false, { volume: 1 }]);
  });

  it('is read in the byte order and structure that its information gives', () => {
    const msbFirst = deviceReadOf(stored('01', '12 34 56 78 2C 2D 08 07 04 00 00 00 04 13 00 00 03 E8 00'));
    assert.deepEqual([msbFirst?.device.serial, msbFirst?.payload], ['12345678', { volume: 1 }]);
    const fixed = deviceReadOf(stored('02', '78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00'));
    assert.deepEqual([fixed?.device.medium, fixed?.payload], ['water', { volume: 0.001 }]);
  });

  it('is none where there is no telegram, and never throws', () => {
    assert.equal(deviceReadOf(new Uint8Array(525)), undefined);
    assert.equal(deviceReadOf(new Uint8Array(0)), undefined);
    const momentsOf = momentsIn('UTC');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const read = deviceReadOf(bytes, momentsOf);
        assert.deepEqual(JSON.parse(JSON.stringify(read ?? null)), read ?? null);
      }),
      { numRuns: 2_000 },
    );
  });
});
