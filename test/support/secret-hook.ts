import assert from 'node:assert/strict';
import { SecretWatch, TEST_KEYS } from './secret-watch.js';

const watch = new SecretWatch(TEST_KEYS);

/** Around all tests: whatever one of them prints, the keys that stand for a user's are not in it. */
export const mochaHooks = {
  beforeAll(): void {
    watch.start();
  },
  afterAll(): void {
    watch.stop();
    assert.deepEqual(watch.found, [], 'A test printed a key');
  },
};
