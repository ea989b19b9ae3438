import assert from 'node:assert/strict';
import { chaos, tallyText } from '../../chaos/run.js';
import { hasMosquitto } from '../../support/brokers/mosquitto.js';

/** Short, since it runs every time; `npm run chaos` takes longer. */
const MINUTES = 1.5;
/** The first troubles of this seed are of seven kinds, none of them long; `npm run chaos` uses others. */
const SEED = 1572;

describe('Two minutes of chaos', () => {
  it('publish no wrong value, report availability correctly, and recover unaided', async function () {
    if (!hasMosquitto) this.skip();
    const tally = await chaos({ minutes: MINUTES, seed: SEED });
    console.log(tallyText(tally));
    assert.deepEqual(tally.violations, []);
    assert.ok(tally.counts.states > 60, `only ${tally.counts.states} states were received`);
    assert.ok(tally.counts.mustBeOnline > 300, `only ${tally.counts.mustBeOnline} looks had to find a meter`);
    assert.ok(tally.counts.mustBeOffline > 5, `only ${tally.counts.mustBeOffline} looks had to find a meter gone`);
    assert.ok(Object.keys(tally.recoveries).length >= 5, 'there was little trouble');
  });
});
