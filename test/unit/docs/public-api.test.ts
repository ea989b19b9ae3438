import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as api from '../../../src/index.js';

const root = join(__dirname, '../../..');

/** The names used by programs for 0.1.0 as in the README, and those needed to set up, read, decode and publish. */
const VALUES = ['createMeter', 'decodeReading', 'decodeTable', 'describeAccessKey', 'findFormat', 'findTable', 'listPorts'];
const MAX_NAMES = 80;

describe('The public API', () => {
  it('has what a program needs, and no more than can be documented', async () => {
    for (const name of VALUES) assert.equal(typeof Reflect.get(api, name), 'function', name);
    const documented = await apiNames();
    assert.ok(documented.length <= MAX_NAMES, `${documented.length} names`);
    assert.equal(new Set(documented).size, documented.length);
    for (const name of Object.keys(api)) assert.ok(documented.includes(name), name);
  });
});

/** The names in the API documentation; fails if one of them has no docstring. */
async function apiNames(): Promise<string[]> {
  const { Application, TSConfigReader, TypeDocReader } = await import('typedoc');
  const app = await Application.bootstrap({ options: root, logLevel: 'Error' }, [
    new TypeDocReader(),
    new TSConfigReader(),
  ]);
  const complaints: string[] = [];
  const { logger } = app;
  logger.warn = (text) => complaints.push(text);
  logger.validationWarning = (text) => complaints.push(text);
  const project = (await app.convert()) ?? assert.fail('the API cannot be read');
  app.validate(project);
  assert.deepEqual(complaints, [], 'a public name has no docstring, or links to nothing');
  return (project.children ?? []).map(({ name }) => name);
}
