import assert from 'node:assert/strict';
import { ACKNOWLEDGED, opticalStage } from '../../support/meter/optical-script.js';

describe('A negotiation without an answer', () => {
  it('is repeated in the next session: a lost answer is no refusal', async () => {
    const { clock, meter, session } = await opticalStage();
    let lost = 0;
    meter.onPacket = ({ service }) => {
      if (service !== 'negotiate' || lost++ > 0) return false;
      meter.transport.send(ACKNOWLEDGED);
      return true;
    };
    assert.equal((await clock.run(session.read(28, 0, 4))).length, 4);
    assert.equal(session.maxReadBytes, 108);
  });
});
