import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtocolError } from '../../../src/errors.js';
import { PacketWatch } from '../../../src/optical/packet-watch.js';

const NOISE = new ProtocolError('optical-noise', 'Only a NAK');
const SAFE = Uint8Array.of(0xee, 0, 0x20, 0, 0, 1, 0x20, 0x82, 0x70);
const SUSPECT = Uint8Array.of(0xee, 0, 0, 0, 0, 1, 0x20, 0x13, 0x10);

class Watched {
  readonly watch = new PacketWatch();

  lost(packet: Uint8Array, transmissions = 4): string {
    return this.watch.explained(packet, transmissions, NOISE).code;
  }

  /** Acknowledged and lost packets in turn. */
  alternating(times: number, between: () => void = () => undefined, transmissions = 4): string[] {
    return Array.from({ length: times }, () => {
      this.watch.noteAcknowledged(SAFE);
      between();
      return this.lost(SUSPECT, transmissions);
    });
  }
}

describe('The watch over packets that are not acknowledged', () => {
  it('names flow control when four of its packets are lost and all others acknowledged', () => {
    assert.deepEqual(new Watched().alternating(5), [
      ...Array.from({ length: 3 }, () => 'optical-noise'),
      'bridge-flow-control',
      'bridge-flow-control',
    ]);
  });

  it('does not name it where others are lost too, or one of them is acknowledged', () => {
    const other = new Watched();
    assert.ok(!other.alternating(20, () => other.lost(SAFE)).includes('bridge-flow-control'));
    const passing = new Watched();
    passing.watch.noteAcknowledged(SUSPECT);
    assert.ok(!passing.alternating(20).includes('bridge-flow-control'));
    passing.watch.restart();
    assert.ok(passing.alternating(20).includes('bridge-flow-control'));
  });

  it('does not name it where the head was away, or a packet was sent less often', () => {
    const away = new Watched();
    for (let turn = 0; turn < 20; turn++) assert.equal(away.lost(SUSPECT), 'optical-noise');
    assert.ok(!new Watched().alternating(20, undefined, 2).includes('bridge-flow-control'));
  });

  it('names nothing where packets are lost whatever their bytes', () => {
    const luck = fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 99 }), fc.nat({ max: 99 }), fc.nat({ max: 99 }));
    const sent = fc.array(fc.record({ isSuspect: fc.boolean(), luck }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(sent, fc.integer({ min: 1, max: 60 }), (all, percent) => {
        const watched = new Watched();
        for (const { isSuspect, luck: sendings } of all) {
          const packet = isSuspect ? SUSPECT : SAFE;
          if (sendings.some((value) => value >= percent)) watched.watch.noteAcknowledged(packet);
          else assert.equal(watched.lost(packet), 'optical-noise');
        }
      }),
      { numRuns: 500, seed: 13 },
    );
  });
});
