import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isTrouble, LINK_STATES, type LinkState } from '../../../../src/link-state.js';
import type { MqttMessage } from '../../../../src/publish/mqtt.js';
import {
  announceAgain,
  goOffline,
  isWorthRemembering,
  type KnownMeter,
  type PublishedMeter,
  recall,
  receiveLinkReport,
  receiveReading,
  remember,
} from '../../../support/readings/home-assistant-stage.js';
import { homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import { isLinkReport, linkReportOf, offlineAfterMs } from '../../../../src/publish/link-report.js';
import { readingOf } from '../../../../src/publish/reading.js';
import { throwsWith } from '../../../support/assert-error.js';
import { assertDiscovery } from '../../../support/sinks/home-assistant-schema.js';

const settings = homeAssistantSettings({});
const DISCOVERY = 'homeassistant/device/nes_83334000001/config';
const AVAILABILITY = 'nes-meter/83334000001/availability';
const STATE = 'nes-meter/83334000001/state';
const STATUS = 'nes-meter/83334000001/status';
const METER = { serial: '83334000001', manufacturer: 'NES', model: '83334-3I', firmware: '3.70' };

function message(state: string, changes: object = {}): { payload: object; meter: unknown } {
  const counters = { requests: 9, timeouts: 3, rejectedAnswers: 2, reconnects: 1 };
  const payload = { state, code: null, text: 'All is well.', since: '2026-11-20T12:00:00.000Z', counters };
  return { payload: { ...payload, ...changes }, meter: METER };
}

function report(known: KnownMeter | undefined, state: LinkState, changes: object = {}): PublishedMeter {
  return receiveLinkReport(known, linkReportOf(message(state, changes), settings)!, settings);
}

function read(known?: KnownMeter): PublishedMeter {
  const reading = readingOf({ payload: { voltageL1: 230 }, meter: METER }, settings, new Date(0));
  return receiveReading(known, reading, settings);
}

const topics = (messages: readonly MqttMessage[]): string[] => messages.map(({ topic }) => topic);
const payloadOn = (messages: readonly MqttMessage[], topic: string): string | undefined =>
  messages.find((item) => item.topic === topic)?.payload;
const statusIn = (messages: readonly MqttMessage[]): Record<string, unknown> =>
  JSON.parse(payloadOn(messages, STATUS)!) as Record<string, unknown>;
const components = (messages: readonly MqttMessage[]): string[] =>
  Object.keys(assertDiscovery(DISCOVERY, payloadOn(messages, DISCOVERY)!).components);

describe('the status of a link in Home Assistant', () => {
  it('is announced with the first report, published with each, as one flat object', () => {
    const { meter, messages } = report(read().meter, 'online');
    assert.deepEqual(topics(messages), [DISCOVERY, STATUS]);
    assert.ok(components(messages).includes('linkProblem'));
    assert.ok(components(messages).includes('voltageL1'), 'nothing else goes away');
    assert.deepEqual(JSON.parse(messages[1]!.payload), {
      state: 'online',
      problem: false,
      code: null,
      text: 'All is well.',
      since: '2026-11-20T12:00:00.000Z',
      timeouts: 3,
      rejectedAnswers: 2,
      reconnects: 1,
    });
    assert.deepEqual(topics(report(meter, 'online').messages), [STATUS]);
    assert.deepEqual(topics(read(meter).messages), [STATE]);
    for (const { qos, retain } of messages) assert.deepEqual({ qos, retain }, { qos: 1, retain: true });
  });

  it('reports nothing of a meter before its first reading, then all of it', () => {
    const early = report(undefined, 'unreachable');
    assert.deepEqual(early.messages, []);
    assert.deepEqual(announceAgain([early.meter], settings), []);
    const { messages } = read(early.meter);
    assert.ok(components(messages).includes('linkState'));
    assert.equal(payloadOn(messages, AVAILABILITY), 'online');
    assert.equal(statusIn(messages)['state'], 'unreachable');
    assert.equal(topics(messages).at(-1), STATE);
  });

  for (const state of LINK_STATES) {
    const isGone = state === 'unreachable' || state === 'line-taken' || state === 'key-rejected';
    it(`${state} ${isGone ? 'takes' : 'does not take'} the meter offline at once`, () => {
      const { meter, messages } = report(read().meter, state);
      assert.equal(payloadOn(messages, AVAILABILITY), isGone ? 'offline' : undefined);
      assert.equal(meter.online, !isGone);
      assert.equal(offlineAfterMs(state), isGone ? 0 : state === 'silent' ? 30_000 : undefined);
      const again = report(meter, state);
      assert.equal(payloadOn(again.messages, AVAILABILITY), undefined, 'once is enough');
    });

    it(`${state} is ${isTrouble(state) ? 'a' : 'no'} problem`, () => {
      const problem = (changes: object): unknown => statusIn(report(read().meter, state, changes).messages)['problem'];
      assert.equal(problem({}), ['stale', 'silent', 'unreachable', 'line-taken', 'key-rejected'].includes(state));
      assert.equal(problem({ code: 'key-missing' }), true, 'settings that cannot be used are one in any state');
    });
  }

  it('brings no meter online: that takes a reading', () => {
    const gone = report(read().meter, 'unreachable').meter;
    const back = report(gone, 'online');
    assert.equal(payloadOn(back.messages, AVAILABILITY), undefined);
    assert.equal(back.meter.online, false);
    assert.equal(payloadOn(read(back.meter).messages, AVAILABILITY), 'online');
  });

  it('brings a meter back online while its last reading is fresh', () => {
    const gone = report(read().meter, 'unreachable').meter;
    const online = linkReportOf(message('online'), settings)!;
    const at = (seconds: number, changes: object = {}): PublishedMeter =>
      receiveLinkReport(gone, online, { ...settings, ...changes }, new Date(seconds * 1_000));
    const back = at(60);
    assert.deepEqual(topics(back.messages), [STATUS, AVAILABILITY, STATE]);
    assert.equal(payloadOn(back.messages, AVAILABILITY), 'online');
    assert.match(payloadOn(back.messages, STATE)!, /"timestamp":"1970-01-01T00:00:00.000Z".*"voltageL1":230/);
    assert.equal(back.meter.online, true);
    assert.equal(at(settings.expireAfter).meter.online, false, 'too old');
    assert.equal(at(60, { expireAfter: 0 }).meter.online, false, 'how old it may be is not known');
    const restarted = recall(JSON.parse(JSON.stringify(remember(gone))))!;
    const early = receiveLinkReport(restarted, online, settings, new Date(1_000));
    assert.equal(early.meter.online, false, 'nothing was read since the start');
    const stale = receiveLinkReport(gone, { ...online, state: 'stale' }, settings, new Date(1_000));
    assert.equal(stale.meter.online, false);
  });

  it('is sent again after a birth, availability before it', () => {
    const { meter } = report(read().meter, 'silent');
    const sent = topics(announceAgain([goOffline(meter, settings).meter], settings));
    assert.deepEqual(sent.slice(-3), [AVAILABILITY, STATUS, STATE]);
  });

  it('is remembered as announced, never what it was', () => {
    const before = read().meter;
    const { meter } = report(before, 'silent');
    assert.ok(isWorthRemembering(before, meter));
    assert.ok(!isWorthRemembering(meter, report(meter, 'online').meter));
    const stored = JSON.parse(JSON.stringify(remember(meter))) as object;
    const recalled = recall(stored)!;
    assert.deepEqual(announceAgain([recalled], settings), []);
    const first = read(recalled);
    assert.ok(components(first.messages).includes('linkState'), 'entities do not go away over a restart');
    assert.equal(payloadOn(first.messages, STATUS), undefined);

    const gone = report(recall(stored), 'unreachable');
    assert.deepEqual(topics(gone.messages), [STATUS, AVAILABILITY], 'Home Assistant has the discovery already');
    assert.ok(!recall({ ...stored, hasStatus: undefined })!.hasStatus, 'kept by an older version');
  });

  it('keeps apart from readings', () => {
    assert.ok(isLinkReport(message('online')));
    assert.ok(isLinkReport({ payload: { state: 'whatever' } }));
    for (const payload of [undefined, null, 'online', 7, [], {}, { voltageL1: 230 }, { state: 3 }, Buffer.from('x')]) {
      assert.ok(!isLinkReport({ payload }));
    }
  });

  it('refuses a state that is none, and passes over a meter that is not known yet', () => {
    throwsWith(() => linkReportOf(message('fine'), settings), 'bad-payload');
    for (const meter of [undefined, null, {}, { serial: null }, { serial: ' ' }]) {
      assert.equal(linkReportOf({ ...message('online'), meter }, settings), undefined);
    }
    const named = homeAssistantSettings({ serial: '42' });
    assert.equal(linkReportOf({ ...message('online'), meter: { serial: null } }, named)?.id, '42');
  });

  it('passes on nothing but what it knows, whatever a message holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LINK_STATES), fc.object(), fc.anything(), (state, payload, meter) => {
        const made = linkReportOf({ payload: { ...payload, state }, meter }, homeAssistantSettings({ serial: '1' }));
        const fields = JSON.parse(made!.payload) as Record<string, unknown>;
        const names = ['state', 'problem', 'code', 'text', 'since', 'timeouts', 'rejectedAnswers', 'reconnects'];
        assert.deepEqual(Object.keys(fields), names);
        for (const value of Object.values(fields)) assert.ok(typeof value !== 'object' || value === null);
      }),
    );
  });
});
