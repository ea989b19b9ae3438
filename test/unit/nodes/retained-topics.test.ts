import assert from 'node:assert/strict';
import { backgroundClock } from '../../../nodes/lib/background-clock.js';
import { areValuesDue, RetainedTopics } from '../../../nodes/lib/retained-topics.js';
import type { FormatMessage } from '../../../src/publish/format.js';
import { FakeClock } from '../../support/fake-clock.js';
import { decoded } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf } from '../../support/readings/format-stage.js';

const LIMIT_MS = 300_000;
const METER = snapshotOf(decoded('BT23'), decoded('BT28'));
const FORMAT = formatOf('homie');
const announce = (withValues: boolean): readonly FormatMessage[] => FORMAT.announceAll?.(METER, withValues) ?? [];
const topicsOf = (messages: readonly FormatMessage[]): string[] => messages.map(({ topic = '' }) => topic);

describe('RetainedTopics', () => {
  let clock: FakeClock;
  const after = backgroundClock.after.bind(backgroundClock);

  beforeEach(() => {
    clock = new FakeClock();
    backgroundClock.after = (delayMs, callback) => clock.after(delayMs, callback);
  });
  afterEach(() => {
    backgroundClock.after = after;
  });

  /** Values are among the topics when the last reading is old: their number changes from piece to piece. */
  for (const intervalS of [10, 50, 60, 70, 90, 120, 200]) {
    it(`sends each topic within five minutes with a reading every ${intervalS} s`, async () => {
      const seen = new Map<string, number>();
      const topics = topicsOf(announce(false));
      const started = clock.now();
      const retained = new RetainedTopics<FormatMessage>({
        ids: () => ['meter', 'another'],
        messagesOf: (id) =>
          id === 'meter' ? announce(areValuesDue((clock.now() - started) % (intervalS * 1_000))) : [],
        send: (messages) => {
          for (const topic of topicsOf(messages)) seen.set(topic, clock.now());
        },
      });
      retained.start();
      await clock.advance(LIMIT_MS);
      for (let minute = 0; minute < 10; minute++) {
        await clock.advance(60_000);
        const late = topics.filter((topic) => clock.now() - (seen.get(topic) ?? 0) > LIMIT_MS);
        assert.deepEqual(late, [], `of ${topics.length} topics, after ${minute} minutes`);
      }
      retained.stop();
    });
  }

  it('sends a few topics at a time, and each once a round', async () => {
    const sent: string[] = [];
    let most = 0;
    const retained = new RetainedTopics<FormatMessage>({
      ids: () => ['meter'],
      messagesOf: () => announce(true),
      send: (messages) => {
        most = Math.max(most, messages.length);
        sent.push(...topicsOf(messages));
      },
    });
    retained.start();
    await clock.advance(240_000);
    assert.deepEqual([...sent].sort(), topicsOf(announce(true)).sort());
    assert.ok(most < sent.length / 4, `${most} of ${sent.length} at once`);
    retained.stop();
  });
});
