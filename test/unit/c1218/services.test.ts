import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import {
  decodeAnswer,
  decodeLenientRequest,
  decodeRequest,
  encodeRequest,
  type TableRequest,
} from '../../../src/c1218/services.js';
import { rejectsWith, throwsWith } from '../../support/assert-error.js';
import { EXCHANGES, hex } from '../../support/fixtures/exchanges.js';

/** The request that a fixture describes. */
function requestOf(expected: (typeof EXCHANGES)[number]['expected']['request']): TableRequest {
  const { service, table, offset = 0, count = 0, data = '' } = expected;
  switch (service) {
    case 'full-write':
      return { service, table, data: hex(data) };
    case 'partial-write':
      return { service, table, offset, data: hex(data) };
    case 'partial-read':
      return { service, table, offset, count };
    default:
      throw new Error(`A fixture asks for ${service}`);
  }
}

const read: TableRequest = { service: 'partial-read', table: 28, offset: 0, count: 4 };
const write: TableRequest = { service: 'partial-write', table: 2098, offset: 30, data: Uint8Array.of(1) };

describe('Table services', () => {
  for (const exchange of EXCHANGES) {
    const request = requestOf(exchange.expected.request);
    const printed = exchange.request.subarray(2, -12);
    it(`writes and reads the request of ${exchange.name} as printed`, () => {
      assert.equal(toHex(encodeRequest(request)), toHex(printed));
      assert.deepEqual(decodeRequest(printed), request);
    });

    const { status, count } = exchange.expected.answer;
    if (status === 0) {
      it(`takes the data from the answer of ${exchange.name}`, () => {
        assert.equal(decodeAnswer(request, exchange.answer.subarray(2, -8)).data.length, count ?? 0);
      });
    }
  }

  it('writes a full read with the count that MEP wants', () => {
    assert.equal(toHex(encodeRequest({ service: 'full-read', table: 0, count: 19 })), '30 00 00 00 13');
  });

  it('reads back whatever it writes', () => {
    const table = fc.nat(0xffff);
    const offset = fc.nat(0xffffff);
    const count = fc.integer({ min: 1, max: 0xffff });
    const data = fc.uint8Array({ minLength: 1, maxLength: 400 });
    const request: fc.Arbitrary<TableRequest> = fc.oneof(
      fc.record({ service: fc.constant('full-read' as const), table, count }),
      fc.record({ service: fc.constant('partial-read' as const), table, offset, count }),
      fc.record({ service: fc.constant('full-write' as const), table, data }),
      fc.record({ service: fc.constant('partial-write' as const), table, offset, data }),
    );
    fc.assert(
      fc.property(request, (made) => {
        assert.deepEqual(decodeRequest(encodeRequest(made)), { ...made });
      }),
    );
  });

  it('makes no request of numbers that do not fit', () => {
    for (const count of [0, -1, 0x10000, 1.5, Number.NaN]) {
      throwsWith(() => encodeRequest({ ...read, count }), 'bad-count');
    }
    for (const offset of [-1, 0x1000000, 0.5]) throwsWith(() => encodeRequest({ ...read, offset }), 'bad-offset');
  });

  it('takes no request from bytes that do not add up', () => {
    for (const bytes of [
      '',
      '3F',
      '3F 00 17 00 00 00 00',
      '30 00 17 00 01 00',
      '40 00 07 00 02 01',
      '31 00 17 00 01',
    ]) {
      assert.equal(decodeRequest(hex(bytes)), undefined, bytes);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        decodeRequest(bytes);
      }),
    );
  });

  it('takes reads without their length where it is asked to, and nothing else', () => {
    const length = { count: 0xffff, isWithoutLength: true };
    assert.deepEqual(decodeLenientRequest(hex('30 00 34')), { service: 'full-read', table: 52, ...length });
    const partial = { service: 'partial-read', table: 23, offset: 44, ...length };
    assert.deepEqual(decodeLenientRequest(hex('3F 00 17 00 00 2C')), partial);
    assert.deepEqual(decodeLenientRequest(hex('3F 00 17 00 00 2C 01')), partial);
    for (const bytes of ['', '30', '30 00', '3F 00 17 00 00', '40 00 07', '4F 00 07 00 00 00', '30 00 17 00 01 00']) {
      assert.equal(decodeLenientRequest(hex(bytes)), undefined, bytes);
    }
  });

  const answer = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
  const inconsistent: [what: string, request: TableRequest, answer: Uint8Array][] = [
    ['nothing', read, answer()],
    ['a read without a count', read, answer(0)],
    ['a count above the data', read, answer(0, 0, 4, 1, 2, 3)],
    ['a count below the data', read, answer(0, 0, 2, 1, 2, 3)],
    ['more than was asked for', read, answer(0, 0, 5, 1, 2, 3, 4, 5)],
    ['a write with data', write, answer(0, 0, 1, 7)],
  ];
  for (const [what, request, bytes] of inconsistent) {
    it(`refuses an answer with ${what}`, async () => {
      const error = await rejectsWith(
        Promise.resolve().then(() => decodeAnswer(request, bytes)),
        'inconsistent-answer',
      );
      assert.deepEqual(error.raw, bytes);
    });
  }

  it('keeps the data apart from the buffer it came in', () => {
    const bytes = concatBytes(answer(0, 0, 2), answer(7, 8));
    const { data } = decodeAnswer(read, bytes);
    bytes.fill(0);
    assert.deepEqual(data, answer(7, 8));
  });
});
