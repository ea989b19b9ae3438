import assert from 'node:assert/strict';
import { SETUP_LINKS, setupSoak } from '../../support/meter/setup-soak.js';

describe('A meter that is set up anew between any two requests', () => {
  for (const link of SETUP_LINKS) {
    for (const areInPieces of [false, true]) {
      it(`is never decoded by a set-up it does not have: ${link}, ${areInPieces ? 'in pieces' : 'whole'}`, async () => {
        const result = await setupSoak({ link, areInPieces, reads: 80, seed: 3, changeRate: 0.03 });
        assert.equal(result.wrong, 0);
        assert.ok(result.changes > 10, `${result.changes} changes`);
        assert.ok(result.good > 45, JSON.stringify(result));
      });
    }
  }

  for (const link of ['digest', 'rc4'] as const) {
    it(`is read rightly where its sequence number does not announce it: ${link}`, async () => {
      const result = await setupSoak({ link, reads: 60, seed: 5, changeRate: 0.03, isQuiet: true });
      assert.equal(result.wrong, 0);
      assert.ok(result.good > 45, JSON.stringify(result));
    });
  }

  for (const link of ['digest', 'tls', 'optical'] as const) {
    it(`is distinguished by this test from a reader that does not look: ${link}`, async () => {
      const result = await setupSoak({ link, reads: 80, seed: 3, changeRate: 0.03, isBlind: true });
      assert.ok(result.wrong > 0, JSON.stringify(result));
    });
  }
});
