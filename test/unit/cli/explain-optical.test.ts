import assert from 'node:assert/strict';
import fc from 'fast-check';
import { explain, explanationJson, explanationText } from '../../../src/cli/explain.js';
import { messagesIn } from '../../../src/cli/messages.js';
import { concatBytes, DEFAULT_DIMENSIONS, toHex } from '../../../src/internal.js';
import { encodeReadAnswer } from '../../../src/optical/answers.js';
import { packetsOf } from '../../../src/optical/message.js';
import { encodePacket } from '../../../src/optical/packet.js';
import { encodeOpticalRequest, type OpticalRequest } from '../../../src/optical/requests.js';
import { hex } from '../../support/fixtures/exchanges.js';
import { runCli } from '../../support/cli/recorded-terminal.js';

type Explained = Record<string, unknown> & { problems: string[]; payload?: Record<string, unknown> };
const json = (...runs: Uint8Array[]): Explained[] =>
  explanationJson(explain(runs, { dimensions: DEFAULT_DIMENSIONS })) as Explained[];
const packets = (message: Uint8Array, toggle = false): Uint8Array[] =>
  (packetsOf(message, 64, 8, toggle) ?? assert.fail()).map(encodePacket);
const asked = (request: OpticalRequest): Uint8Array => concatBytes(...packets(encodeOpticalRequest(request)));
const ACK = hex('06');

describe('explaining packets of the optical port', () => {
  it('reports a cut packet in a line of its own before a whole one', () => {
    const [cut, whole] = json(hex('EE 00 00 00 00 43 32 01 16 6B 69 06'), hex('EE 00 00 00 00 01 00 11 31'));
    assert.equal(cut?.['kind'], 'cut');
    assert.equal(whole?.['meaning'], 'answer 00: ok');
  });

  it('distinguishes a response from a request', () => {
    const [answer] = json(hex('EE 00 00 00 00 01 00 11 31'));
    assert.equal(answer?.['kind'], 'optical');
    assert.equal(answer['meaning'], 'answer 00: ok');
    assert.equal(answer['bytes'], 'EE 00 00 00 00 01 00 11 31');
    const [request] = json(hex('EE 00 20 00 00 08 3F 00 17 00 00 00 00 08 03 F2'));
    assert.deepEqual(
      [request?.['service'], request?.['table'], request?.['offset'], request?.['count'], request?.problems],
      ['partial-read', 'BT23', 0, 8, []],
    );
  });

  it('decodes what a read brought, over packets, acknowledgements and repetitions', () => {
    const data = Uint8Array.from({ length: 88 }, (_, i) => (i % 4 === 0 ? i : 0));
    const answer = packets(encodeReadAnswer(data));
    assert.equal(answer.length, 2);
    const [first, second] = answer as [Uint8Array, Uint8Array];
    const read = asked({ service: 'partial-read', table: 28, offset: 0, count: 88 });
    const explained = json(concatBytes(read, ACK, first, ACK, first, ACK, second, ACK));
    assert.deepEqual(
      explained.map(({ kind }) => kind),
      [
        'optical',
        'acknowledgement',
        'optical',
        'acknowledgement',
        'optical',
        'acknowledgement',
        'optical',
        'acknowledgement',
      ],
    );
    assert.match(String(explained[2]?.['meaning']), /1 more to come/);
    assert.match(String(explained[4]?.['meaning']), /repeated/);
    assert.equal(explained[6]?.payload?.['activePowerExport'], 4);
    assert.deepEqual(
      explained.flatMap(({ problems }) => problems),
      [],
    );
  });

  it('puts packets together that were broken into lines', () => {
    const read = asked({ service: 'full-read', table: 0 });
    const [packet] = json(read.subarray(0, 7), read.subarray(7));
    assert.equal(packet?.['service'], 'full-read');
  });

  it('reports a wrong CRC, a packet that is missing or cut, and a wrong checksum', () => {
    const answer = packets(encodeReadAnswer(new Uint8Array(60)));
    assert.match(json(hex('EE 00 20 00 00 01 20 13 10'))[0]?.problems.join() ?? '', /CRC/);
    assert.match(json(answer[1] as Uint8Array)[0]?.problems.join() ?? '', /missing/);
    const [cut] = json((answer[0] as Uint8Array).subarray(0, 20));
    assert.deepEqual([cut?.['kind'], cut?.problems[0]?.slice(0, 8)], ['cut', '44 bytes']);
    const message = encodeReadAnswer(hex('01 02 03'));
    message[5] = 9;
    const wrong = json(asked({ service: 'full-read', table: 1 }), ...packets(message));
    assert.match(wrong[1]?.problems.join() ?? '', /checksum/);
    assert.match(json(...packets(encodeReadAnswer(hex('01 02'))))[0]?.problems.join() ?? '', /only the request names/);
  });

  it('shows no key', () => {
    const password = new TextEncoder().encode('NES-DEMO-RK-00000001');
    const runs = [asked({ service: 'security', password }), hex('EE 00 20 00 00 01 03 1B 63')];
    const explained = explain(runs, { dimensions: DEFAULT_DIMENSIONS });
    const shown = explanationText(explained, false) + JSON.stringify(explanationJson(explained));
    assert.ok(!shown.includes(toHex(password.subarray(0, 4))));
    assert.match(shown, /51( \*\*){20} /);
    assert.match(shown, /answer 03: The meter gives this key no permission/);
  });

  it('shows bytes that belong to nothing, and takes MEP answers between packets', () => {
    const packet = asked({ service: 'identification' });
    const explained = json(concatBytes(hex('12 34 56'), packet, hex('AB CD')), hex('00 09 00 86 E5 0E 26 67 D1 E6 3C'));
    assert.deepEqual(
      explained.map(({ kind }) => kind),
      ['unknown', 'optical', 'unknown', 'answer'],
    );
    assert.deepEqual([explained[0]?.['bytes'], explained[2]?.['bytes']], ['12 34 56', 'AB CD']);
  });

  it('drops no byte of what is pasted', () => {
    const part = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 30 }),
      fc.constantFrom(ACK, hex('15'), hex('00 00'), asked({ service: 'logoff' })),
      fc.uint8Array({ minLength: 1, maxLength: 90 }).map((message) => concatBytes(...packets(message))),
      fc.uint8Array({ minLength: 1, maxLength: 30 }).map((body) => concatBytes(Uint8Array.of(0, body.length), body)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (runs) => {
        for (const pasted of [runs, [concatBytes(...runs)]]) {
          const found = messagesIn(pasted).flatMap(({ before, bytes }) => [...(before ?? []), ...bytes]);
          assert.equal(toHex(Uint8Array.from(found)), toHex(concatBytes(...runs)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names bytes before a message of the MEP port', async () => {
    const { output, exitCode } = await runCli(['explain', '12 34 00 0F 30 00 34 1D 5B F1 F3 FB 30 A2 C0 D2 FF 23 62']);
    assert.match(output, /^1\. Request: full table read of BT52 \(UTC Clock\), without length$/m);
    assert.match(output, /2 bytes before it belong to no message: 12 34/);
    assert.equal(exitCode, 1);
  });
});
