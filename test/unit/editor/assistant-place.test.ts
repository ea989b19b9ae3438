import assert from 'node:assert/strict';
import { hostText, readHost } from '../../../editor/assistant/place.js';

describe('A host in the assistant', () => {
  for (const [typed, host, port] of [
    ['192.168.1.20', '192.168.1.20', undefined],
    [' meter.local:2000 ', 'meter.local', 2000],
    ['[fe80::1]:23', 'fe80::1', 23],
    ['[fe80::1]', 'fe80::1', undefined],
    ['fe80::1', 'fe80::1', undefined],
    ['localhost:65535', 'localhost', 65_535],
  ] as const) {
    it(`reads "${typed}"`, () => {
      assert.deepEqual(readHost(typed), { host, port });
    });
  }

  for (const [typed, fault, better] of [
    ['', 'empty', undefined],
    ['   ', 'empty', undefined],
    [':2000', 'empty', undefined],
    ['http://192.168.1.20', 'address-of-page', '192.168.1.20'],
    ['http://admin@192.168.1.20:80/index.html?x=1', 'address-of-page', '192.168.1.20'],
    ['mqtt://broker.local:1884', 'address-of-page', 'broker.local:1884'],
    ['192.168.1.20/setup', 'address-of-page', '192.168.1.20'],
    ['192.168.1. 20', 'blank', '192.168.1.20'],
    ['meter:0', 'port', undefined],
    ['meter:65536', 'port', undefined],
    ['meter:http', 'port', undefined],
    ['meter:', 'port', undefined],
  ] as const) {
    it(`reports what is wrong with "${typed}"`, () => {
      assert.deepEqual(readHost(typed), { fault, ...(better !== undefined && { better }) });
      if (better !== undefined) assert.ok('host' in readHost(better), better);
    });
  }

  it('is written as it can be read again', () => {
    for (const read of [
      { host: 'fe80::1', port: 23 },
      { host: 'fe80::1', port: undefined },
      { host: 'meter', port: 2000 },
    ]) {
      assert.deepEqual(readHost(hostText(read)), read);
    }
  });
});
