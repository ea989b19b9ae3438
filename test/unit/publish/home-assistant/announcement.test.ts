import assert from 'node:assert/strict';
import {
  forget,
  type KnownMeter,
  type PublishedMeter,
  recall,
  receiveReading,
  remember,
  restarted,
} from '../../../support/readings/home-assistant-stage.js';
import { type DiscoveryLayout, homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import type { MqttMessage } from '../../../../src/publish/mqtt.js';
import { readingOf } from '../../../../src/publish/reading.js';
import { throwsWith } from '../../../support/assert-error.js';
import { decoded } from '../../../support/readings/decoded.js';
import { assertDiscovery, assertSingleDiscovery } from '../../../support/sinks/home-assistant-schema.js';

const settingsOf = (discovery: DiscoveryLayout): ReturnType<typeof homeAssistantSettings> =>
  homeAssistantSettings({ discovery });
const DEVICE = 'homeassistant/device/nes_83334000001/config';
const BRIDGE_DEVICE = 'homeassistant/device/nes-bridge_nes-meter/config';
const SINGLE = /^homeassistant\/(?:sensor|binary_sensor)\/([\w-]+)\/([\w-]+)\/config$/;
const isConfig = ({ topic }: MqttMessage): boolean => topic.endsWith('/config');
const isEmpty = ({ payload }: MqttMessage): boolean => payload === '';

function receive(known: KnownMeter | undefined, discovery: DiscoveryLayout, firmware = '3.70'): PublishedMeter {
  const message = decoded('BT28');
  const values = firmware === '3.70' ? message.payload : { ...message.payload, voltageL3: null };
  const changed = { ...message, payload: values, meter: { ...message.meter, firmware } };
  return receiveReading(known, readingOf(changed, { serial: '' }, new Date(0)), settingsOf(discovery));
}

describe('Announcing each entity by itself', () => {
  it('gives of each what the message of the whole device gives', () => {
    const whole = receive(undefined, 'device').messages.find(({ topic }) => topic === DEVICE);
    const expected = assertDiscovery(DEVICE, whole?.payload ?? '');
    const messages = receive(undefined, 'single').messages.filter(isConfig);
    assert.ok(messages.every(({ retain, qos }) => retain && qos === 1));
    const ofMeter = messages.filter(({ topic }) => topic.includes('/nes_83334000001/'));
    assert.deepEqual(assertSingleDiscovery(ofMeter), expected);
    const ofBridge = messages.filter((message) => !ofMeter.includes(message));
    assert.deepEqual(
      ofBridge.map(({ topic }) => topic),
      ['homeassistant/binary_sensor/nes-bridge_nes-meter/bridgeConnection/config'],
    );
    assertSingleDiscovery(ofBridge);
    assert.equal(messages[0], ofBridge[0], 'the bridge is there before the meters that name it');
  });

  it('has templates of which programs that know no templates find the key', () => {
    for (const { topic, payload } of receive(undefined, 'single').messages.filter(isConfig)) {
      const [, , key] = SINGLE.exec(topic) ?? [];
      const { value_template: template } = JSON.parse(payload) as { value_template?: string };
      if (template === undefined || key === 'lastReading') continue;
      const [, found] = /^\{\{ value_json\.(\w+) \|/.exec(template) ?? [];
      assert.equal(found, key);
    }
  });

  it('is silent about what is announced already', () => {
    const { meter } = receive(undefined, 'single');
    assert.deepEqual(receive(meter, 'single').messages.filter(isConfig), []);
  });

  it('takes away what a meter no longer has', () => {
    const { meter } = receive(undefined, 'single');
    const { messages } = receive(meter, 'single', '4.0');
    assert.deepEqual(
      messages.filter(isEmpty).map(({ topic }) => topic),
      ['homeassistant/sensor/nes_83334000001/voltageL3/config'],
    );
  });

  it('is all forgotten with the meter', () => {
    const { meter, messages } = receive(undefined, 'single');
    const announced = messages.filter(isConfig).map(({ topic }) => topic);
    const emptied = forget(meter, settingsOf('single')).map(({ topic, payload, retain }) => {
      assert.ok(payload === '' && retain);
      return topic;
    });
    for (const topic of announced.slice(1)) assert.ok(emptied.includes(topic), topic);
    assert.ok(!emptied.includes(announced[0] ?? ''), 'the bridge may have other meters');
  });

  it('refuses any other way', () => {
    throwsWith(() => homeAssistantSettings({ discovery: 'both' }), 'bad-setting');
  });
});

for (const [from, to] of [
  ['device', 'single'],
  ['single', 'device'],
] as const) {
  describe(`Changing from ${from} to ${to}`, () => {
    const first = receive(undefined, from);
    const configs = first.messages.filter(isConfig).map(({ topic }) => topic);

    for (const [how, known] of [
      ['a deploy', restarted(first.meter)],
      ['a restart', recall(JSON.parse(JSON.stringify(remember(first.meter))))],
    ] as const) {
      it(`over ${how} keeps the entities: migrates, announces again, withdraws the old ones`, () => {
        const { meter, messages } = receive(known, to);
        const moving = messages.filter(({ payload }) => payload === '{"migrate_discovery":true}');
        assert.deepEqual(moving.map(({ topic }) => topic).sort(), [...configs].sort());
        assert.ok(moving.every(({ retain }) => !retain));
        assert.deepEqual(messages.slice(0, moving.length), moving, 'before anything else');
        assert.ok(!messages.some(isEmpty));
        const announced = messages.slice(moving.length).filter(isConfig);
        assert.deepEqual(announced, receive(undefined, to).messages.filter(isConfig));

        const next = receive(meter, to);
        assert.deepEqual(
          next.messages
            .filter(isEmpty)
            .map(({ topic }) => topic)
            .sort(),
          [...configs].sort(),
        );
        assert.deepEqual(receive(next.meter, to).messages.filter(isConfig), []);
      });
    }

    it('goes on after a restart in between', () => {
      const between = receive(restarted(first.meter), to).meter;
      const recalled = recall(JSON.parse(JSON.stringify(remember(between))));
      const again = receive(recalled, to);
      assert.ok(!again.messages.some(isEmpty));
      const next = receive(again.meter, to);
      assert.deepEqual(
        next.messages
          .filter(isEmpty)
          .map(({ topic }) => topic)
          .sort(),
        [...configs].sort(),
      );
    });
  });
}

describe('A meter kept by a version that knew one way only', () => {
  it('was announced as a device', () => {
    const old = { ...remember(receive(undefined, 'device').meter), layout: undefined, formerLayout: undefined };
    const moving = receive(recall(JSON.parse(JSON.stringify(old))), 'single').messages.filter(
      ({ payload }) => payload === '{"migrate_discovery":true}',
    );
    assert.deepEqual(
      moving.map(({ topic }) => topic),
      [BRIDGE_DEVICE, DEVICE],
    );
    const same = receive(recall(JSON.parse(JSON.stringify(old))), 'device').messages;
    assert.ok(!same.some(({ payload }) => payload.includes('migrate_discovery')));
  });
});
