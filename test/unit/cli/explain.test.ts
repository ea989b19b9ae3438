import assert from 'node:assert/strict';
import fc from 'fast-check';
import { explain, explanationJson, explanationText } from '../../../src/cli/explain.js';
import { concatBytes, DEFAULT_DIMENSIONS, encodeTable, findTable, toHex } from '../../../src/internal.js';
import { EXCHANGES, hex } from '../../support/fixtures/exchanges.js';
import { runCli } from '../../support/cli/recorded-terminal.js';

const KEY = '01010101010101010101010101010101';
const dimensions = DEFAULT_DIMENSIONS;
const named = (name: string): (typeof EXCHANGES)[number] => {
  const found = EXCHANGES.find((exchange) => exchange.name === name);
  assert.ok(found);
  return found;
};
type Explained = Record<string, unknown> & { problems: string[]; payload: Record<string, unknown> };
const json = (runs: readonly Uint8Array[], key?: Uint8Array): Explained[] =>
  explanationJson(explain(runs, { key, dimensions })) as Explained[];
const body = (message: Uint8Array): Uint8Array => message.subarray(2);
const plain = (message: Uint8Array, trailer: number): Uint8Array => message.subarray(2, message.length - trailer);
const READ = named('bt23-read-44-bytes');
const WRONG_NUMBER = named('bt23-wrong-sequence');
const WRITE = named('et50-register-device');

describe('explaining messages', () => {
  for (const { name, request, answer, key, expected, origin } of EXCHANGES) {
    it(`understands the guide's ${name} (${origin})`, () => {
      const [asked, answered] = json([request, answer], key);
      assert.equal(asked?.['kind'], 'request');
      assert.equal(asked['service'], expected.request.service);
      assert.equal(asked['tableNumber'], expected.request.table);
      assert.equal(asked['offset'], expected.request.offset ?? 0);
      assert.equal(asked['digest'], key ? 'right' : 'unchecked');
      assert.equal(answered?.['kind'], 'answer');
      assert.equal(answered['status'], expected.answer.status.toString(16).padStart(2, '0').toUpperCase());
      assert.equal(answered['digest'], key ? 'right' : 'unchecked');
      if (expected.answer.count !== undefined) {
        assert.equal((answered['data'] as string).split(' ').length, expected.answer.count);
      }
      if (expected.answer.sequence !== undefined) {
        assert.equal(answered['sequenceNumber'], Number.parseInt(expected.answer.sequence, 16));
      }
      assert.deepEqual([...asked.problems, ...answered.problems], []);
    });
  }

  it("names the values of the guide's read", () => {
    const [, answer] = json([READ.request, READ.answer], READ.key);
    assert.equal(answer?.payload['powerOutageDuration'], 8);
    assert.equal(answer.payload['powerOutages'], 3);
    assert.equal(answer.payload['errorCounter'], 6);
  });

  it('needs no length, no digest, no sequence number', () => {
    const expected = json([READ.request, READ.answer])[1]?.payload;
    assert.deepEqual(json([body(READ.request), body(READ.answer)])[1]?.payload, expected);
    assert.deepEqual(json([plain(READ.request, 8), plain(READ.answer, 8)])[1]?.payload, expected);
    const bare = json([plain(READ.request, 12), plain(READ.answer, 8)]);
    assert.deepEqual(bare[1]?.payload, expected);
    assert.equal(bare[0]?.['sequenceNumber'], undefined);
    assert.deepEqual(
      bare.map(({ digest }) => digest),
      ['missing', 'missing'],
    );
  });

  it('takes several messages in one run apart', () => {
    const kinds = json([concatBytes(READ.request, READ.answer, WRITE.request, WRITE.answer)]).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['request', 'answer', 'request', 'answer']);
  });

  it('puts a message together that was broken into lines', () => {
    const lines = [READ.answer.subarray(0, 16), READ.answer.subarray(16, 32), READ.answer.subarray(32)];
    const [, answer] = json([READ.request, ...lines], READ.key);
    assert.equal(answer?.['digest'], 'right');
    assert.equal(answer.payload['powerOutages'], 3);
  });

  it('steps over junk before a message', () => {
    const [request] = json([concatBytes(hex('12 34'), READ.request)], READ.key);
    assert.equal(request?.['digest'], 'right');
  });

  it('knows which answer belongs to which request by the digest, the count or the kind', () => {
    const runs = [READ.request, WRITE.request, READ.answer, WRITE.answer];
    for (const key of [READ.key, undefined]) {
      const [, , read, write] = json(runs, key);
      assert.equal(read?.['tableNumber'], 23);
      assert.equal(write?.['tableNumber'], 2098);
      assert.equal(read['digest'], key ? 'right' : 'unchecked');
    }
  });

  it('pairs the answer with the repetition of a request', () => {
    const [, , answer] = json([WRONG_NUMBER.request, READ.request, READ.answer], READ.key);
    assert.equal(answer?.['digest'], 'right');
    assert.equal(answer.payload['powerOutages'], 3);
  });

  it('guesses nothing where two requests can be meant', () => {
    const other = READ.request.slice();
    other[4] = 28;
    const [, , answer] = json([READ.request, other, READ.answer]);
    assert.equal(answer?.payload, undefined);
    assert.match(answer?.problems.join() ?? '', /several requests/);
  });

  it('reports a wrong digest', () => {
    const garbled = READ.answer.slice();
    garbled[25] = 0x55;
    const [request, answer] = json([READ.request, garbled], READ.key);
    assert.equal(request?.['digest'], 'right');
    assert.equal(answer?.['digest'], 'wrong');
    assert.match(answer.problems.join(), /digest/);
  });

  it('reports how much is missing of a truncated message', () => {
    const [message] = json([READ.answer.subarray(0, 40)]);
    assert.equal(message?.['kind'], 'cut');
    assert.match(message.problems.join(), /^17 bytes/);
  });

  it('takes the layout from the tables that describe it', () => {
    const BT27 = findTable('BT27');
    const BT21 = findTable('BT21');
    assert.ok(BT21 && BT27);
    const dims21 = { ...DEFAULT_DIMENSIONS['BT21'], numberOfPresentValues: 2 };
    const dims27 = { presentDemandSources: [], presentValueSources: [19, 15] };
    const dims = { BT21: dims21, BT27: dims27 };
    const exchange = (number: number, data: Uint8Array): Uint8Array[] => [
      hex(`3F 00 ${toHex(Uint8Array.of(number))} 00 00 00 00 ${toHex(Uint8Array.of(data.length))}`),
      concatBytes(Uint8Array.of(0, 0, data.length), data),
    ];
    const messages = json([
      ...exchange(21, encodeTable(BT21, dims21, {})),
      ...exchange(27, encodeTable(BT27, dims27, dims)),
      ...exchange(28, hex('57 C3 00 00 D1 80 03 00')),
    ]);
    const payload = messages.at(-1)?.payload;
    assert.equal(payload?.['frequency'], 50.007);
    assert.equal(payload['voltageL1'], 229.585);
  });

  it('distinguishes alerts, optical packets and rubbish', () => {
    const found = json([hex('00 00'), hex('EE 00 20 00 00 01 20 13 10'), hex('AB CD EF 01 23')]);
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['alert', 'optical', 'unknown'],
    );
  });

  it('never fails, whatever is pasted', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (runs) => {
        const framed = runs.map((run) => concatBytes(Uint8Array.of(0, run.length), run));
        for (const some of [runs, framed]) {
          explanationText(explain(some, { key: READ.key, dimensions }), false);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('nes-meter explain', () => {
  const request = toHex(READ.request);
  const answer = toHex(READ.answer);

  it('reads like an explanation', async () => {
    const { output, exitCode } = await runCli(['explain', request, answer], { env: { NES_METER_KEY: KEY } });
    assert.match(
      output,
      /^1\. Request: partial table read of BT23 \(Current Register Data\), 44 bytes from offset 0$/m,
    );
    assert.match(output, /^ {4}Sequence number {2}2003000209 \(77635B91\)$/m);
    assert.match(output, /^2\. Answer 00: ok: BT23 \(Current Register Data\), 44 bytes from offset 0$/m);
    assert.match(output, /^ {4}Digest +right$/m);
    assert.match(output, /^ {4}Power outages +3 /m);
    assert.equal(exitCode, 0);
  });

  it('checks no digest without a key, and asks for none', async () => {
    const { output, questions } = await runCli(['explain', request, answer], { typed: KEY });
    assert.match(output, /Digest +not checked/);
    assert.deepEqual(questions, []);
  });

  it('ends with 1 when a digest is wrong, and shows no key', async () => {
    const key = '02020202020202020202020202020202';
    const { output, errors, exitCode } = await runCli(['explain', request, answer], { env: { NES_METER_KEY: key } });
    assert.match(output, /Digest +WRONG/);
    assert.equal(exitCode, 1);
    assert.ok(!`${output}${errors}`.includes(key));
  });

  it('reads a log that is piped in', async () => {
    const input = `log of today\r\n12:00:01.001 TX ${request}\r\n12:00:01.050 RX ${answer}\r\nbye\r\n`;
    const { output, exitCode } = await runCli(['explain', '--json'], { input });
    const parsed = JSON.parse(output) as Explained[];
    assert.equal(parsed.length, 2);
    assert.equal(parsed[1]?.payload['powerOutages'], 3);
    assert.equal(exitCode, 0);
  });

  it('takes the table of a lone answer from an option', async () => {
    const { output } = await runCli(['explain', '--json', '--table', 'bt23', '--offset', '0', answer]);
    assert.equal((JSON.parse(output) as Explained[])[0]?.payload['powerOutages'], 3);
    const without = await runCli(['explain', answer]);
    assert.match(without.output, /Problem +.*--table/);
    assert.equal(without.exitCode, 1);
  });

  it('explains each refusal', async () => {
    const { output } = await runCli(['explain', '00 01 0A', '00 09 0B 11 22 33 44 55 66 77 88']);
    assert.match(output, /Answer 0A: .*TLS/);
    assert.match(output, /Answer 0B: authentication failure/);
  });

  it('refuses a text without bytes', async () => {
    const { errors, exitCode } = await runCli(['explain', 'hello world']);
    assert.match(errors, /No bytes/);
    assert.equal(exitCode, 2);
  });
});
