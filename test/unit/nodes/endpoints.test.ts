import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimEndpoint, endpointOf, holderOf, releaseEndpoint } from '../../../nodes/lib/endpoints.js';
import { throwsWith } from '../../support/assert-error.js';

const serial = (port: string): string | undefined =>
  endpointOf({ protocol: 'mep', security: 'digest', transport: 'serial', port });

describe('The connection that has a port open', () => {
  let folder: string;
  let link: string;
  let first: string;
  let second: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ports-'));
    [link, first, second] = ['by-id', 'tty1', 'tty2'].map((name) => join(folder, name)) as [string, string, string];
    for (const port of [first, second]) writeFileSync(port, '');
    symlinkSync(first, link);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is found under every name of the port, also when a link leads elsewhere later', () => {
    const holder = { label: 'cellar' };
    claimEndpoint(serial(link), holder);
    assert.equal(holderOf(serial(first)), holder);
    const { values } = throwsWith(() => {
      claimEndpoint(serial(first), { label: 'attic' });
    }, 'port-busy');
    assert.equal(values['owner'], 'cellar');
    unlinkSync(link);
    assert.equal(holderOf(serial(link)), holder, 'while it is unplugged');
    symlinkSync(second, link);
    assert.equal(holderOf(serial(second)), holder);
    assert.equal(holderOf(serial(first)), undefined);
    releaseEndpoint(serial(link), holder);
    assert.equal(holderOf(serial(second)), undefined);
  });

  it('is none for simulated meters, of which there can be any number', () => {
    const simulated = endpointOf({ protocol: 'mep', security: 'digest', transport: 'simulator' });
    claimEndpoint(simulated, { label: 'one' });
    claimEndpoint(simulated, { label: 'other' });
    assert.equal(holderOf(simulated), undefined);
  });
});
