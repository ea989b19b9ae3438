import assert from 'node:assert/strict';
import type { TableLink } from '../../../src/c1218/table-link.js';
import { isMeterError } from '../../../src/errors.js';
import { digestSecurity, rc4Security } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { TlsSession } from '../../../src/mep/tls-session.js';
import { FakeClock } from '../../support/fake-clock.js';
import { ScriptedTransport } from '../../support/line/scripted-transport.js';

const MAX_MS = 60_000;
const KEY = new Uint8Array(16).fill(1);
/** Times for a bridge. */
const TIMES = { answerTimeoutMs: 1_000, maxAnswerTimeoutMs: 12_000, maxGapMs: 2_500, maxAnswerMs: 4_000 };

const LINKS: Readonly<Record<string, (transport: ScriptedTransport, clock: FakeClock) => TableLink>> = {
  digest: (transport, clock) => new MepSession({ transport, clock, security: digestSecurity(KEY) }),
  'digest through a bridge': (transport, clock) =>
    new MepSession({ transport, clock, security: digestSecurity(KEY), ...TIMES }),
  RC4: (transport, clock) => new MepSession({ transport, clock, security: rc4Security(KEY) }),
  TLS: (transport, clock) => new TlsSession({ transport, clock, key: KEY, keyName: 'MBK' }),
};

/** Endless inputs, and how often each is repeated. */
const PEERS: Readonly<Record<string, readonly [number, (round: number) => readonly number[]]>> = {
  alerts: [100, () => [0, 0]],
  'one byte of an answer': [400, (round) => [[0x01, 0xd3, 0x00, 0x01, 0xc8][round] ?? 0x77]],
  'false answers': [50, () => [0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8]],
  'wishes for a session': [50, () => [0, 1, 0x0a]],
  'busy codes': [50, () => [0, 9, 6, 1, 2, 3, 4, 5, 6, 7, 8]],
  'handshake records of no content': [50, () => [0, 1, 0]],
  'such records, each after several repetitions': [7_000, () => [0, 1, 0]],
};

describe('A MEP port', () => {
  for (const [kind, make] of Object.entries(LINKS)) {
    for (const [what, [everyMs, bytes]] of Object.entries(PEERS)) {
      it(`that sends ${what} without end leads to an error in time (${kind})`, async () => {
        const clock = new FakeClock();
        const port = new ScriptedTransport();
        const link = make(port, clock);
        await link.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined });
        let round = 0;
        let isOver = false;
        const goOn = (): void => {
          if (isOver) return;
          port.send(Uint8Array.from(bytes(round++)));
          clock.after(everyMs, goOn);
        };
        goOn();
        const begun = clock.now();
        const error: unknown = await clock.run(
          link.read(28, 0, 4).catch((reason: unknown) => reason),
          10 * MAX_MS,
        );
        isOver = true;
        assert.ok(isMeterError(error), String(error));
        assert.ok(clock.now() - begun <= MAX_MS, `${error.code} after ${clock.now() - begun} ms`);
        await clock.run(link.close());
      });
    }
  }
});
