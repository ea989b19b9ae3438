import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import { HistoryFeed } from '../../../nodes/lib/history-feed.js';
import type { NodeContext } from '../../../nodes/lib/index.js';
import type { Meter } from '../../../src/meter/index.js';
import { stage } from '../../support/meter/meter-stage.js';

const DAYS = 2;
const INTERVALS = DAYS * 96;
/** An answer of the meter holds at most this many intervals. */
const PER_ANSWER = 47;

/** Thrown in place of the end of the process. */
class Crash extends Error {}

/** A context store that outlives the nodes. */
class Store {
  kept: unknown;
  writes = 0;

  context(id: string): NodeContext {
    return {
      RED: { settings: { contextStorage: { default: { module: 'localfilesystem' } } }, log: { warn: () => undefined } },
      properties: {},
      node: {
        id,
        warn: (text: string) => assert.fail(text),
        context: () => ({
          get: (_name: string, _store: unknown, done: (error: null, value: unknown) => void) => {
            done(null, structuredClone(this.kept));
          },
          set: (_name: string, value: unknown, _store: unknown, done: (error: null) => void) => {
            this.kept = structuredClone(value);
            this.writes++;
            done(null);
          },
        }),
      },
      warn: (error: unknown) => assert.fail(String(error)),
    } as unknown as NodeContext;
  }
}

let nodes = 0;

/** A node that is new, as after a restart: nothing is handed over to it. */
function feedOf(meter: Meter, store: Store): HistoryFeed {
  return new HistoryFeed(store.context(`crashed ${nodes++}`), () => meter, {
    what: 'intervals',
    start: { days: DAYS },
    isList: false,
    onSent: () => undefined,
  });
}

/** @returns the ends of the intervals that left before the crash, or all of them */
async function sendUntil(feed: HistoryFeed, messages: number): Promise<string[]> {
  const sent: string[] = [];
  const send = (msg: NodeMessage | (NodeMessage | NodeMessage[] | null)[]): void => {
    const [record] = msg as (NodeMessage | null)[];
    if (!record) return;
    if (sent.length === messages) throw new Crash();
    sent.push(String((record['history'] as Record<string, unknown>)['end']));
  };
  try {
    await feed.sendNew(send);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return sent;
}

describe('The records that a node sends', () => {
  it('lack none after a crash at any message, and repeat one answer at most', async () => {
    const made = stage();
    const { clock, meter } = made;
    const all = await clock.run(sendUntil(feedOf(meter, new Store()), Infinity));
    assert.equal(all.length, INTERVALS);
    for (let crash = 0; crash < INTERVALS; crash += 13) {
      const store = new Store();
      const before = await clock.run(sendUntil(feedOf(meter, store), crash));
      assert.equal(before.length, crash);
      const after = await clock.run(sendUntil(feedOf(meter, store), Infinity));
      assert.deepEqual([...new Set([...before, ...after])], all, String(crash));
      const repeated = before.length + after.length - all.length;
      assert.ok(repeated >= 0 && repeated <= PER_ANSWER, `${crash}: ${repeated}`);
    }
    await clock.run(meter.close());
  });

  it('are remembered by one write for each answer', async () => {
    const made = stage();
    const { clock, meter } = made;
    const store = new Store();
    made.asked.length = 0;
    await clock.run(sendUntil(feedOf(meter, store), Infinity));
    const answers = made.asked.filter(({ table }) => table === 64).length;
    assert.ok(store.writes > 1 && store.writes <= answers, `${store.writes} ${answers}`);
    const { writes } = store;
    await clock.run(sendUntil(feedOf(meter, store), Infinity));
    assert.equal(store.writes, writes);
    await clock.run(meter.close());
  });
});
