import assert from 'node:assert/strict';
import { SecretWatch, TEST_KEYS } from './secret-watch.js';

const watch = new SecretWatch(TEST_KEYS);

/** For all tests: no output contains one of the keys that represent a user's. */
export const mochaHooks = {
  beforeAll(): void {
    watch.start();
  },
  afterAll(): void {
    watch.stop();
    assert.deepEqual(watch.found, [], 'A test printed a key');
  },
};
