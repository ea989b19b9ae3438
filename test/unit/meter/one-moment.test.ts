import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pause } from '../../../src/clock.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { Meter, type TableReading } from '../../../src/meter/index.js';
import type { ByteRange } from '../../../src/bytes/byte-range.js';
import { nextPiece } from '../../../src/meter/read-plan.js';
import { OpticalSession } from '../../../src/optical/session.js';
import { decodeReading } from '../../../src/readings/index.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  type ProfileName,
  type SimulatedMeter,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { encodeTable, findTable, pairsOf, registerLayout } from '../../../src/tables/index.js';
import { NET_POWERS } from '../../../src/readings/keys.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';
import { linked } from '../../support/meter/linked.js';
import { OPTICAL_SETTINGS } from '../../support/meter/optical-script.js';

const BT28 = findTable('BT28')!;
const BT27 = findTable('BT27')!;
const [IMPORTED, EXPORTED] = [3_000, 2_500];

function payloadOf({ bytes, table, meter }: TableReading): Record<string, number | null> {
  const { offset, complete } = table;
  return decodeReading('BT28', bytes, { offset, complete, dimensions: meter.dimensions }).payload;
}

/** A household that alternates between import and export with each answer of its meter. */
function flap(meter: SimulatedMeter): () => void {
  let isImporting = false;
  return () => {
    isImporting = !isImporting;
    const image = new Uint8Array(meter.image('BT28')!.length);
    const view = new DataView(image.buffer);
    for (const { plus, minus } of pairsOf(registerLayout(BT28, meter.dimensions))) {
      view.setInt32(plus.offset, isImporting ? IMPORTED : 0, true);
      view.setInt32(minus.offset, isImporting ? 0 : EXPORTED, true);
    }
    meter.setImage(BT28.number, image);
  };
}

function checkNetPowers(reading: TableReading): number {
  const payload = payloadOf(reading);
  const nets = NET_POWERS.flatMap(({ key }) => payload[key] ?? []);
  for (const net of nets) assert.ok(net === IMPORTED || net === -EXPORTED, `${net} W`);
  return nets.length;
}

describe('Values that are subtracted from one another', () => {
  const orders: readonly [string, (sources: number[]) => number[]][] = [
    ['the order of the guide', (sources) => sources],
    ['reversed', (sources) => [...sources].reverse()],
    ['exports first', (sources) => [...sources.slice(26), ...sources.slice(0, 26)]],
    [
      'in pairs that overlap',
      (sources) => sources.flatMap((_, i) => (i % 2 === 0 ? sources[i / 2]! : sources.at(-(i + 1) / 2)!)),
    ],
  ];
  for (const profile of ['gen3', 'gen4'] as const satisfies ProfileName[]) {
    for (const [name, reorder] of orders) {
      it(`come in one answer of the optical port of ${profile}, ${name}`, async () => {
        const clock = new FakeClock();
        const transport = simulatorTransport({ profile, clock, protocol: 'optical', speed: 0 });
        const { meter: simulated } = transport;
        const selection = simulated.dimensions['BT27']!;
        const sources = reorder(selection['presentValueSources'] as number[]);
        const dimensions = { ...simulated.dimensions, BT27: { ...selection, presentValueSources: sources } };
        simulated.setImage(BT27.number, encodeTable(BT27, dimensions.BT27, dimensions));
        Object.defineProperty(simulated, 'dimensions', { value: dimensions });
        const flip = flap(simulated);
        flip();
        transport.optical.onExchange(flip);
        const password = new TextEncoder().encode(DEMO_OPTICAL_KEY);
        const link = new OpticalSession({
          ...OPTICAL_SETTINGS,
          packetSize: 64,
          packetCount: 2,
          transport,
          clock,
          password,
        });
        const meter = new Meter({ link, clock, minIntervalMs: 0 });
        meter.open();
        let nets = 0;
        for (let read = 0; read < 4; read++) nets += checkNetPowers(await clock.run(meter.readTable('BT28')));
        assert.equal(nets, 4 * NET_POWERS.length);
        await clock.run(meter.close());
      });
    }
  }

  it('are those that net powers are worked out of', () => {
    const { meter } = simulatorTransport({ profile: 'gen4' });
    const pairs = pairsOf(registerLayout(BT28, meter.dimensions)).map(
      ({ plus, minus }) => `${plus.source} ${minus.source}`,
    );
    for (const pair of ['8 9', '185 188', '186 189', '187 190', '81 82', '191 194', '193 196', '10 11', '239 242']) {
      assert.ok(pairs.includes(pair), pair);
    }
    const energies = pairsOf(registerLayout(findTable('BT23')!, meter.dimensions));
    assert.equal(energies.length, 2 * (1 + meter.setup.numberOfTiers));
  });

  it('are never cut where a piece can end before them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100), fc.integer({ min: 2, max: 20 })), { maxLength: 12 }),
        fc.integer({ min: 84, max: 200 }),
        (entries, most) => {
          const pairs = entries.map(([at, words]): ByteRange => ({ offset: 4 * at, count: 4 * words }));
          for (let offset = 0; offset < 500;) {
            const { count } = nextPiece({ offset, count: 500 - offset }, [], [], most, pairs);
            assert.ok(count > 0 && count <= most);
            const end = offset + count;
            const cut = end < 500 ? pairs.filter((pair) => pair.offset < end && end < pair.offset + pair.count) : [];
            for (const pair of cut) assert.ok(pair.offset <= offset, 'it begins before this piece');
            offset = end;
          }
        },
      ),
    );
  });
});

describe('A reading in several pieces', () => {
  function stage(delaysMs: number[]) {
    const clock = new FakeClock();
    const transport = simulatorTransport({ profile: 'gen3', clock });
    const session = new MepSession({ transport, security: digestSecurity(new TextEncoder().encode(DEMO_KEY)), clock });
    const offsets: number[] = [];
    const link = linked(session, {
      maxReadBytes: 108,
      read: async (table, offset, count, options) => {
        if (table === BT28.number) {
          offsets.push(offset);
          await pause(clock, delaysMs.shift() ?? 0, options?.signal ?? new AbortController().signal);
        }
        return session.read(table, offset, count, options);
      },
    });
    const meter = new Meter({ link, clock, minIntervalMs: 0 });
    meter.open();
    return { clock, meter, offsets };
  }

  it('begins again when its pieces come 84 s apart', async () => {
    const { clock, meter, offsets } = stage([0, 84_000]);
    const started = clock.date().getTime();
    const { table, bytes } = await clock.run(meter.readTable('BT28'));
    assert.equal(bytes.length, 220);
    assert.equal(offsets.filter((offset) => offset === 0).length, 2);
    assert.ok(Date.parse(table.readAt) - started > 84_000);
    await clock.run(meter.close());
  });

  it('takes its time where all pieces come within seconds', async () => {
    const { clock, meter, offsets } = stage([4_000, 1_500, 1_500]);
    await clock.run(meter.readTable('BT28'));
    assert.equal(offsets.filter((offset) => offset === 0).length, 1);
    await clock.run(meter.close());
  });

  it('ends with an error of its own when they always come too far apart', async () => {
    const { clock, meter, offsets } = stage(Array.from({ length: 100 }, (_, i) => (i % 3 === 1 ? 60_000 : 0)));
    const error = await rejectsWith(clock.run(meter.readTable('BT28')), 'reading-too-slow');
    assert.deepEqual(error.values, { table: 'BT28' });
    assert.equal(offsets.filter((offset) => offset === 0).length, 5);
    assert.equal(meter.state, 'online');
    await clock.run(meter.close());
  });
});
