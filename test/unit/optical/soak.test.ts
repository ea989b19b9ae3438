import assert from 'node:assert/strict';
import { soak } from '../../support/meter/soak.js';

describe('An optical line with faults', () => {
  for (const profile of ['gen2', 'gen3', 'gen4'] as const) {
    it(`lets no wrong byte of a ${profile} meter through`, async () => {
      const result = await soak({ protocol: 'optical', profile, reads: 160, faultRate: 0.2, seed: 7 });
      assert.equal(result.wrong, 0);
      assert.ok(result.faults > 150, `only ${result.faults} faults happened`);
      assert.ok(result.good > 144, `only ${result.good} of 160 reads succeeded: ${JSON.stringify(result.errors)}`);
    });
  }

  it('is distinguished by this test from a line with unverified packets', async () => {
    const result = await soak({
      protocol: 'optical',
      profile: 'gen3',
      reads: 100,
      faultRate: 0.2,
      seed: 7,
      acceptsAll: true,
    });
    assert.ok(result.wrong > 0);
  });
});
