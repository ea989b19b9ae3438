import assert from 'node:assert/strict';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { Meter } from '../../../src/meter/index.js';
import { DEMO_KEY, type ProfileName, simulatorTransport } from '../../../src/simulator/index.js';
import { findTable, layoutOf } from '../../../src/tables/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A port whose answers are limited to so many bytes. */
class FrugalSession extends MepSession {
  readonly asked: { table: number; offset: number; count: number }[] = [];
  most = 0;

  override async read(table: number, offset: number, count: number): Promise<Uint8Array> {
    const bytes = await super.read(table, offset, Math.min(count, this.most));
    this.asked.push({ table, offset, count });
    return bytes;
  }
}

function stage(profile: ProfileName, most: number) {
  const clock = new FakeClock();
  const transport = simulatorTransport({ profile, clock });
  const link = new FrugalSession({ transport, security: digestSecurity(new TextEncoder().encode(DEMO_KEY)), clock });
  link.most = most;
  const meter = new Meter({ link, clock, minIntervalMs: 0 });
  meter.open();
  return { clock, link, meter, simulated: transport.meter };
}

describe('A meter that gives less than it is asked for', () => {
  for (const [profile, most] of [
    ['gen2', 64],
    ['gen3', 117],
    ['gen4', 100],
    ['gen4', 11],
  ] as const) {
    it(`${profile}, ${most} bytes at a time: is read to the end, and no register in two parts`, async () => {
      const { clock, link, meter, simulated } = stage(profile, most);
      for (const name of ['BT23', 'BT28'] as const) {
        const { bytes, table, meter: description } = await clock.run(meter.readTable(name));
        assert.equal(table.complete, true);
        const image = simulated.image(name)!;
        assert.equal(bytes.length, image.length);
        const known = findTable(name)!;
        const starts = new Set(
          [...layoutOf(known, description.dimensions).fields.values()].map(({ offset }) => offset),
        );
        const reads = link.asked.filter((read) => read.table === known.number);
        assert.ok(reads.length > 1);
        for (const { offset } of reads) assert.ok(starts.has(offset), `${name} from ${offset} on`);
      }
      await clock.run(meter.close());
    });
  }

  it('asks for no more at a time than it was given', async () => {
    const { clock, link, meter } = stage('gen4', 100);
    await clock.run(meter.readTable('BT28'));
    const counts = link.asked.filter(({ table }) => table === 28).map(({ count }) => count);
    assert.deepEqual(counts, [336, 100, 100, 36]);
    await clock.run(meter.close());
  });

  it('is not used where it would tear numbers apart', async () => {
    const { clock, meter } = stage('gen2', 7);
    await rejectsWith(clock.run(meter.readTable('BT28')), 'inconsistent-answer');
    await clock.run(meter.close());
  });
});
