import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import { registerAdmin } from '../../../nodes/lib/admin.js';

describe('Admin endpoints', () => {
  it('each needs a permission: to look for the lists, to deploy for a test of the port', () => {
    const routes: string[] = [];
    const route =
      (method: string) =>
      (path: string, permission: string): void => {
        routes.push(`${method} ${path} ${permission}`);
      };
    registerAdmin({
      httpAdmin: { get: route('GET'), post: route('POST') },
      auth: { needsPermission: (permission: string) => permission },
    } as unknown as NodeAPI);
    assert.deepEqual(routes, [
      'GET /nes-meter/ports nes-meter.read',
      'GET /nes-meter/tables nes-meter.read',
      'POST /nes-meter/test nes-meter.write',
      'POST /nes-meter/report nes-meter.write',
    ]);
  });
});
