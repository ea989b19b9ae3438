import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../../../src/bytes/hex.js';
import {
  decodeDone,
  decodeIdentification,
  decodeNegotiation,
  decodeReadAnswer,
  encodeIdentification,
  encodeNegotiation,
  encodeReadAnswer,
  maxReadBytesOf,
} from '../../../src/optical/answers.js';
import {
  BAUD_RATES,
  dataChecksum,
  decodeOpticalRequest,
  encodeOpticalRequest,
  type OpticalRequest,
} from '../../../src/optical/requests.js';
import { throwsWith } from '../../support/assert-error.js';
import { hex } from '../../support/fixtures/exchanges.js';

const READ = { service: 'partial-read', table: 23, offset: 0, count: 8 } as const;

const byte = fc.integer({ min: 0, max: 0xff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const offset = fc.integer({ min: 0, max: 0xffffff });
const data = fc.uint8Array({ minLength: 1, maxLength: 300 });
const request: fc.Arbitrary<OpticalRequest> = fc.oneof(
  fc.constantFrom<OpticalRequest>({ service: 'identification' }, { service: 'terminate' }, { service: 'logoff' }),
  fc.record({
    service: fc.constant('negotiate' as const),
    packetSize: uint16,
    packetCount: byte,
    baudRates: fc.array(fc.constantFrom(...BAUD_RATES), { maxLength: 11 }),
  }),
  fc.record({
    service: fc.constant('logon' as const),
    userId: uint16,
    userName: fc.stringMatching(/^[!-~]{0,10}$/),
  }),
  fc.record({
    service: fc.constant('security' as const),
    password: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  }),
  fc.record({ service: fc.constant('wait' as const), seconds: byte }),
  fc.record({ service: fc.constant('full-read' as const), table: uint16 }),
  fc.record({
    service: fc.constant('partial-read' as const),
    table: uint16,
    offset,
    count: fc.integer({ min: 1, max: 0xffff }),
  }),
  fc.record({ service: fc.constant('full-write' as const), table: uint16, data }),
  fc.record({ service: fc.constant('partial-write' as const), table: uint16, offset, data }),
);

describe('Services of the optical port', () => {
  it('come back from their bytes as they went', () => {
    fc.assert(
      fc.property(request, (original) => {
        assert.deepEqual(decodeOpticalRequest(encodeOpticalRequest(original)), { ...original });
      }),
    );
  });

  it('are not read from bytes that do not add up', () => {
    fc.assert(
      fc.property(request, fc.uint8Array({ minLength: 1, maxLength: 3 }), (original, more) => {
        const bytes = encodeOpticalRequest(original);
        const longer = decodeOpticalRequest(Uint8Array.from([...bytes, ...more]));
        // A checksum may fit by chance, but then the count does not.
        assert.equal(longer, undefined);
        const shorter = decodeOpticalRequest(bytes.subarray(0, -1));
        assert.equal(shorter, undefined);
      }),
    );
    assert.equal(decodeOpticalRequest(new Uint8Array(0)), undefined);
    assert.equal(decodeOpticalRequest(hex('22')), undefined, 'Disconnect is not of this port');
  });

  it('carry a checksum of what is written, which must be right', () => {
    const bytes = encodeOpticalRequest({ service: 'partial-write', table: 7, offset: 2, data: hex('01 02 03') });
    assert.equal(toHex(bytes), '4F 00 07 00 00 02 00 03 01 02 03 FA');
    bytes[bytes.length - 1]! ^= 1;
    assert.equal(decodeOpticalRequest(bytes), undefined);
    assert.equal(dataChecksum(new Uint8Array(0)), 0);
  });

  it('refuse what has no bytes', () => {
    assert.throws(
      () => encodeOpticalRequest({ service: 'negotiate', packetSize: 64, packetCount: 1, baudRates: [1234] }),
      RangeError,
    );
    assert.throws(() => encodeOpticalRequest({ service: 'security', password: new Uint8Array(16) }), RangeError);
    assert.throws(() => encodeOpticalRequest({ service: 'logon', userId: 1, userName: 'eleven char' }), RangeError);
    throwsWith(() => encodeOpticalRequest({ ...READ, count: 0 }), 'bad-count');
    throwsWith(() => encodeOpticalRequest({ ...READ, offset: 0x1000000 }), 'bad-offset');
  });
});

describe('Answers of the optical port', () => {
  it('give what the meter grants', () => {
    const granted = { packetSize: 512, packetCount: 3, baudRate: 9_600 };
    assert.deepEqual(decodeNegotiation(encodeNegotiation(granted)), granted);
    assert.equal(maxReadBytesOf({ packetSize: 64, packetCount: 1, baudRate: 9_600 }), 52);
    assert.equal(maxReadBytesOf({ packetSize: 64, packetCount: 2, baudRate: 9_600 }), 108);
    assert.equal(maxReadBytesOf({ packetSize: 512, packetCount: 2, baudRate: 9_600 }), 1_004);
  });

  for (const [what, bytes] of [
    ['packets of no size', '00 00 00 02 06'],
    ['packets that hold nothing', '00 00 08 02 06'],
    ['no packets', '00 00 40 00 06'],
    ['a baud rate without a code', '00 00 40 02 77'],
    ['a byte too many', '00 00 40 02 06 00'],
    ['a byte too few', '00 00 40 02'],
  ] as const) {
    it(`grant nothing with ${what}`, () => {
      throwsWith(() => decodeNegotiation(hex(bytes)), 'inconsistent-answer');
    });
  }

  it('identify the standard, with features or without', () => {
    const identity = { standard: 0, version: 1, revision: 0 };
    assert.deepEqual(decodeIdentification(encodeIdentification(identity)), identity);
    assert.deepEqual(decodeIdentification(hex('00 00 02 01 06 07 00')), { standard: 0, version: 2, revision: 1 });
    throwsWith(() => decodeIdentification(hex('00')), 'inconsistent-answer');
    throwsWith(() => decodeIdentification(hex('00 00 01')), 'inconsistent-answer');
  });

  it('identify it without the end that C12.18 gives the features as well', () => {
    assert.deepEqual(decodeIdentification(hex('00 00 01 00')), { standard: 0, version: 1, revision: 0 });
  });

  it('give the data of a read only when count and checksum are right', () => {
    const answer = encodeReadAnswer(hex('74 40 05 00 9F 1D 00 00'));
    assert.equal(toHex(decodeReadAnswer(READ, answer)), '74 40 05 00 9F 1D 00 00');
    assert.equal(decodeReadAnswer({ service: 'full-read', table: 23 }, answer).length, 8);
    for (let at = 1; at < answer.length; at++) {
      const spoilt = answer.slice();
      spoilt[at]! ^= 0x10;
      throwsWith(() => decodeReadAnswer(READ, spoilt), 'inconsistent-answer');
    }
    for (let length = 0; length < answer.length; length++) {
      throwsWith(() => decodeReadAnswer(READ, answer.subarray(0, length)), 'inconsistent-answer');
    }
    throwsWith(() => decodeReadAnswer({ ...READ, count: 4 }, answer), 'inconsistent-answer');
  });

  it('of services without data are one byte', () => {
    assert.doesNotThrow(() => {
      decodeDone(hex('00'));
    });
    throwsWith(() => {
      decodeDone(hex('00 00'));
    }, 'inconsistent-answer');
    throwsWith(() => {
      decodeDone(new Uint8Array(0));
    }, 'inconsistent-answer');
  });

  const codes = [
    [0x01, 'unrecognised-request'],
    [0x02, 'unsupported-request'],
    [0x03, 'no-permission'],
    [0x04, 'operation-not-possible'],
    [0x05, 'table-not-available'],
    [0x06, 'meter-busy'],
    [0x07, 'meter-busy'],
    [0x08, 'meter-busy'],
    [0x09, 'session-lost'],
    [0x0a, 'session-lost'],
    [0x0b, 'unknown-response-code'],
    [0x0c, 'unknown-response-code'],
    [0x12, 'unknown-response-code'],
    [0xff, 'unknown-response-code'],
  ] as const;
  for (const [status, code] of codes) {
    it(`with code ${status.toString(16)} are the error ${code}`, () => {
      const error = throwsWith(() => {
        decodeReadAnswer(READ, Uint8Array.of(status));
      }, code);
      assert.equal(error.status, status);
      assert.equal(toHex(error.raw!), toHex(Uint8Array.of(status)));
    });
  }
});
