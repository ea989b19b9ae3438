import assert from 'node:assert/strict';
import { HOME_ASSISTANT_DEFAULTS, homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import { throwsWith } from '../../../support/assert-error.js';

describe('Home Assistant settings', () => {
  it('have defaults for all that is missing or empty', () => {
    assert.deepEqual(homeAssistantSettings({}), HOME_ASSISTANT_DEFAULTS);
    assert.deepEqual(
      homeAssistantSettings({ prefix: '', baseTopic: ' ', expireAfter: '', serial: undefined }),
      HOME_ASSISTANT_DEFAULTS,
    );
  });

  it('take numbers as the editor gives them, and blanks around a text', () => {
    assert.deepEqual(homeAssistantSettings({ prefix: ' ha ', baseTopic: 'a/b', expireAfter: '60', serial: ' 7 ' }), {
      prefix: 'ha',
      baseTopic: 'a/b',
      expireAfter: 60,
      serial: '7',
      discovery: 'device',
      keepReadings: 0,
    });
    assert.equal(homeAssistantSettings({ keepReadings: '500' }).keepReadings, 500);
    assert.equal(homeAssistantSettings({ expireAfter: 0 }).expireAfter, 0);
  });

  for (const topic of ['a+', '#', 'a//b', '/a', 'a/', 'a b', 'a\0b']) {
    it(`refuse the topic ${JSON.stringify(topic)}`, () => {
      assert.deepEqual(throwsWith(() => homeAssistantSettings({ prefix: topic }), 'bad-setting').values, {
        setting: 'prefix',
      });
      throwsWith(() => homeAssistantSettings({ baseTopic: topic }), 'bad-setting');
    });
  }

  for (const seconds of [-1, 1.5, 'soon', NaN, Infinity, 7 * 24 * 3600 + 1]) {
    it(`refuse ${String(seconds)} seconds`, () => {
      throwsWith(() => homeAssistantSettings({ expireAfter: seconds }), 'bad-setting');
    });
  }

  for (const readings of [-1, 1.5, 'many', 10_001]) {
    it(`refuse to keep ${String(readings)} readings`, () => {
      const { values } = throwsWith(() => homeAssistantSettings({ keepReadings: readings }), 'bad-setting');
      assert.deepEqual(values, { setting: 'keepReadings' });
    });
  }
});
