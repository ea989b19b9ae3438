import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { foreignPart } from '../../../nodes/lib/http-origin.js';

const own = (host: string | undefined, origin?: string): string | undefined =>
  foreignPart({ host, origin }, ['meter.example.org', 'Other.Example.org.']);

describe('Where a request to the HTTP server comes from', () => {
  for (const host of [
    undefined,
    '',
    '192.168.1.20',
    '192.168.1.20:8880',
    '[fe80::1]:8880',
    '[FE80::1%25eth0]',
    '[::1]',
    'localhost:8880',
    'raspberrypi',
    'RaspberryPi:80',
    'nodered.local',
    'nodered.local.:8880',
    'pi.fritz.box',
    'pi.lan',
    'pi.home.arpa',
    'node-red.internal',
    'homeassistant_addon:8880',
    'meter.example.org',
    'METER.example.org.:8880',
    'other.example.org',
    hostname(),
  ]) {
    it(`is this machine for the name ${String(host)}`, () => {
      assert.equal(own(host), undefined);
    });
  }

  for (const host of [
    'evil.example',
    'evil.example:8880',
    'rebind.network',
    '192.168.1.20.nip.io',
    'local.evil.example',
    'xlocal.example',
    'meter.example.org.evil.example',
    'evil.box',
    'pi.tail1234.ts.net',
    'evil.example:x',
    '[evil.example]',
    '[192.168.1.20]',
    '127.0.0.1:80:80',
  ]) {
    it(`is a foreign name: ${host}`, () => {
      assert.equal(own(host), 'host');
    });
  }

  for (const [host, origin, expected] of [
    ['192.168.1.20:8880', 'http://192.168.1.20:8880', undefined],
    ['192.168.1.20:8880', 'http://192.168.1.20', undefined],
    ['nodered.local:8880', 'https://NodeRED.local', undefined],
    ['[::1]:8880', 'http://[::1]:1880', undefined],
    ['192.168.1.20:8880', 'http://192.168.1.21', 'origin'],
    ['192.168.1.20:8880', 'https://evil.example', 'origin'],
    ['192.168.1.20:8880', 'null', 'origin'],
    ['192.168.1.20:8880', '', 'origin'],
    ['192.168.1.20:8880', 'file://', 'origin'],
    ['192.168.1.20:8880', 'chrome-extension://192.168.1.20', 'origin'],
    ['evil.example', 'http://evil.example', 'host'],
    [undefined, 'http://evil.example', 'origin'],
  ] as const) {
    it(`is ${expected ?? 'this machine'} for ${String(host)} asked by ${origin}`, () => {
      assert.equal(own(host, origin), expected);
    });
  }
});
