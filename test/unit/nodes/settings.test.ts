import assert from 'node:assert/strict';
import { meterSettings } from '../../../nodes/lib/settings.js';
import { isMeterError } from '../../../src/errors.js';

const KEY = 'a key of the tests!!';
const TCP = { transport: 'tcp', host: 'bridge.local', tcpPort: '2000' };

function badSettingOf(properties: Record<string, unknown>, keys: { key?: string; advancedKey?: string }): unknown {
  try {
    meterSettings(properties, keys);
  } catch (error) {
    if (isMeterError(error) && error.code === 'bad-setting') return error.values['setting'];
    throw error;
  }
  return undefined;
}

describe('Settings that name an environment variable which is not set', () => {
  // Node-RED leaves the text unchanged. With 16 to 20 characters it would be a valid key.
  const name = '${NES_METER_KEY}';

  it('never go to a meter as its key', () => {
    assert.ok(name.length >= 16 && name.length <= 20);
    assert.equal(badSettingOf(TCP, { key: name }), 'key');
    assert.equal(badSettingOf(TCP, { key: ` ${name} ` }), 'key');
    assert.equal(badSettingOf(TCP, { key: KEY, advancedKey: name }), 'advancedKey');
  });

  it('are reported by the name of the setting', () => {
    assert.equal(badSettingOf({ ...TCP, host: name }, { key: KEY }), 'host');
    assert.equal(badSettingOf({ ...TCP, tcpPort: name }, { key: KEY }), 'tcpPort');
    assert.equal(badSettingOf({ transport: 'serial', port: name }, { key: KEY }), 'port');
  });

  it('do no harm where nothing uses them', () => {
    assert.equal(badSettingOf({ ...TCP, port: name }, { key: KEY }), undefined);
    assert.equal(badSettingOf({ transport: 'simulator', host: name, port: name }, { key: name }), undefined);
  });

  it('leave keys alone that only hold such characters', () => {
    assert.equal(badSettingOf(TCP, { key: 'a${key}with{braces}' }), undefined);
  });
});
