import assert from 'node:assert/strict';
import { DIGEST_BYTES } from '../../../src/mep/digest.js';
import { digestSecurity, type MepSecurity, rc4Security } from '../../../src/mep/security.js';
import { DEMO_KEY } from '../../../src/simulator/index.js';
import { soak } from '../../support/meter/soak.js';

/** Signs requests correctly and accepts every answer, like readers that do not check the digest. */
function unverifiedSecurity(): MepSecurity {
  const honest = digestSecurity(new TextEncoder().encode(DEMO_KEY));
  return {
    seal: (request, sequence) => ({
      ...honest.seal(request, sequence),
      open: (body) => (body.length > DIGEST_BYTES ? body.slice(0, -DIGEST_BYTES) : undefined),
    }),
  };
}

describe('A line with faults', () => {
  for (const profile of ['gen2', 'gen3', 'gen4'] as const) {
    it(`lets no wrong byte of a ${profile} meter through`, async () => {
      const result = await soak({ profile, reads: 400, faultRate: 0.2, seed: 7 });
      assert.equal(result.wrong, 0);
      assert.equal(result.alerts, 0);
      assert.ok(result.faults > 50, `only ${result.faults} faults happened`);
      assert.ok(result.good > 360, `only ${result.good} of 400 reads succeeded: ${JSON.stringify(result.errors)}`);
    });
  }

  it('lets no wrong byte through that came encrypted', async () => {
    const security = rc4Security(new TextEncoder().encode(DEMO_KEY));
    const result = await soak({ profile: 'gen3', reads: 400, faultRate: 0.2, seed: 8, security });
    assert.equal(result.wrong, 0);
    assert.equal(result.alerts, 0);
    assert.ok(result.good > 360, `only ${result.good} of 400 reads succeeded: ${JSON.stringify(result.errors)}`);
  });

  it('lets no wrong byte through that came over TLS, nor one laid out as it was before', async () => {
    const result = await soak({ profile: 'gen4', reads: 400, faultRate: 0.2, seed: 9, wantsTls: true });
    assert.equal(result.wrong, 0);
    assert.equal(result.alerts, 0);
    assert.ok(result.faults > 50, `only ${result.faults} faults happened`);
    assert.ok(result.good > 340, `only ${result.good} of 400 reads succeeded: ${JSON.stringify(result.errors)}`);
  });

  it('is distinguished by this test from a reader that checks no digest', async () => {
    const result = await soak({ profile: 'gen3', reads: 200, faultRate: 0.2, seed: 7, security: unverifiedSecurity() });
    assert.ok(result.wrong > 0);
  });
});
