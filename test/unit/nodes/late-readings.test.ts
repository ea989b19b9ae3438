import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { AlarmWatch } from '../../../nodes/lib/alarm-watch.js';
import { backgroundClock } from '../../../nodes/lib/background-clock.js';
import { endConnection, placeConnection, tokenOf } from '../../../nodes/lib/connection-tokens.js';
import { FormatSession } from '../../../nodes/lib/format-session.js';
import { NodeContext } from '../../../nodes/lib/node-context.js';
import type { Format, FormatMessage } from '../../../src/publish/format.js';
import { homeAssistantFormat } from '../../../src/publish/home-assistant/format.js';
import { knownMeters } from '../../../src/publish/home-assistant/known-meter.js';
import { homeAssistantSettings } from '../../../src/publish/home-assistant/settings.js';
import { type MeterModel, type MeterSnapshot, SNAPSHOTS } from '../../../src/publish/meter-snapshot.js';
import { FakeClock } from '../../support/fake-clock.js';
import { decoded, SERIAL } from '../../support/readings/decoded.js';
import { formatOf } from '../../support/readings/format-stage.js';

const EXPIRE_AFTER_S = 60;
const HOME_ASSISTANT = homeAssistantSettings({ expireAfter: EXPIRE_AFTER_S, keepReadings: 10 });

/** A reading may reach a sink long after the meter answered: over a slow line, behind a delay node, after a suspended host. */
describe('A reading that arrives late', () => {
  let clock: FakeClock;
  let closing: (() => Promise<void>)[];
  let number = 0;
  const after = backgroundClock.after.bind(backgroundClock);

  beforeEach(() => {
    clock = new FakeClock();
    closing = [];
    number++;
    backgroundClock.after = (delayMs, callback) => clock.after(delayMs, callback);
    placeConnection('late', 'here');
  });
  afterEach(async () => {
    for (const close of closing) await close();
    backgroundClock.after = after;
    endConnection('late');
  });

  function context(properties: object): NodeContext {
    const stored = {
      get: (_key: string, _store: unknown, done: (error: null, value: unknown) => void) => {
        done(null, undefined);
      },
      set: (_key: string, _value: unknown, _store: unknown, done: (error: null) => void) => {
        done(null);
      },
    };
    const node = { id: `late readings ${number}`, context: () => stored, warn: () => undefined };
    const RED = { settings: {}, log: { warn: () => undefined }, _: (key: string) => key };
    return new NodeContext(RED as unknown as NodeAPI, node as unknown as Node, { ...properties });
  }

  /** A reading of `ageS` seconds ago by a connection of this process. */
  function readingOf(ageS: number, { isOwn = true } = {}): NodeMessageInFlow {
    const readAt = new Date(clock.date().getTime() - ageS * 1_000).toISOString();
    const { meter, ...rest } = decoded('BT28', { readAt });
    return {
      ...rest,
      meter: isOwn ? { ...meter, connection: tokenOf('late') } : meter,
    } as unknown as NodeMessageInFlow;
  }

  function sessionOf<Known extends MeterSnapshot, Message extends FormatMessage>(
    format: Format<Known, Message>,
    model: MeterModel<Known>,
  ): { receive: (msg: NodeMessageInFlow) => Message[]; sent: Message[] } {
    const sent: Message[] = [];
    const properties = { expireAfter: EXPIRE_AFTER_S };
    const onDue = (messages: readonly Message[]): void => {
      sent.push(...messages);
    };
    const session = new FormatSession({ context: context(properties), clock, format, model, onDue });
    closing.push(() => session.close(false));
    const receive = (msg: NodeMessageInFlow): Message[] => {
      const { messages } = session.receive(msg);
      sent.push(...messages);
      return [...messages];
    };
    return { receive, sent };
  }
  const homeAssistant = () => sessionOf(homeAssistantFormat(HOME_ASSISTANT), knownMeters(HOME_ASSISTANT));
  const isAvailability = ({ topic = '' }: FormatMessage): boolean => topic.endsWith(`${SERIAL}/availability`);
  const isState = ({ topic = '' }: FormatMessage): boolean => topic.endsWith(`${SERIAL}/state`);

  it('ends the availability as long after the answer of the meter as any other', async () => {
    const { receive, sent } = homeAssistant();
    receive(readingOf(45));
    await clock.advance(14_999);
    assert.deepEqual(
      sent.filter(isAvailability).map(({ payload }) => payload),
      ['online'],
    );
    await clock.advance(1);
    assert.deepEqual(
      sent.filter(isAvailability).map(({ payload }) => payload),
      ['online', 'offline'],
    );
  });

  it('is no present state once it is too old, and is recorded with its time', () => {
    const { receive, sent } = homeAssistant();
    receive(readingOf(0));
    const late = readingOf(EXPIRE_AFTER_S);
    const timed = { ...late, table: { ...(late['table'] as object), id: 'BT23' } } as unknown as NodeMessageInFlow;
    const messages = receive(timed);
    assert.deepEqual(
      messages.map(({ topic, retain }) => [topic, retain]),
      [[`nes-meter/${SERIAL}/history`, false]],
    );
    assert.match(String(messages[0]?.payload), /"timestamp":"2026-11-20T11:59:00\.000Z"/);
    assert.deepEqual(receive(timed), [], 'its repetition is none');
    assert.equal(sent.filter(isState).length, 1);
  });

  it('brings no meter back', async () => {
    const { receive, sent } = homeAssistant();
    receive(readingOf(0));
    await clock.advance(EXPIRE_AFTER_S * 1_000 + 90_000);
    receive(readingOf(EXPIRE_AFTER_S + 1));
    assert.deepEqual(
      sent.filter(isAvailability).map(({ payload }) => payload),
      ['online', 'offline'],
    );
    receive(readingOf(EXPIRE_AFTER_S - 1));
    assert.deepEqual(
      sent.filter(isAvailability).map(({ payload }) => payload),
      ['online', 'offline', 'online'],
    );
  });

  for (const name of ['influx', 'sql', 'csv'] as const) {
    it(`is a row of ${name}, whatever its age`, () => {
      const { receive } = sessionOf(formatOf(name), SNAPSHOTS);
      assert.equal(receive(readingOf(3_600)).length, 1);
    });
  }

  for (const name of ['json', 'fhem', 'homie', 'dabbler'] as const) {
    it(`is no message of ${name} once it is too old`, () => {
      const { receive } = sessionOf(formatOf(name), SNAPSHOTS);
      assert.deepEqual(receive(readingOf(EXPIRE_AFTER_S)), []);
      assert.ok(receive(readingOf(EXPIRE_AFTER_S - 1)).length > 0);
    });
  }

  it('is judged by its arrival where the clock of its source may be wrong', () => {
    const { receive } = sessionOf(formatOf('json'), SNAPSHOTS);
    assert.ok(receive(readingOf(3_600, { isOwn: false })).length > 0);
  });

  it('does not end the alarm of a silent meter', async () => {
    const news: boolean[] = [];
    const note = (changes: readonly { kind: string; isActive: boolean }[]): void => {
      news.push(...changes.filter(({ kind }) => kind === 'silence').map(({ isActive }) => isActive));
    };
    const watch = new AlarmWatch(context({ silentAfter: 300 }), clock, note);
    closing.push(() => watch.close(false));
    note(watch.receive(readingOf(0)));
    await clock.advance(700_000);
    assert.deepEqual(news, [true]);
    note(watch.receive(readingOf(300)));
    assert.deepEqual(news, [true]);
    note(watch.receive(readingOf(200)));
    assert.deepEqual(news, [true, false]);
    await clock.advance(99_999);
    assert.deepEqual(news, [true, false]);
    await clock.advance(1);
    assert.deepEqual(news, [true, false, true]);
  });
});
