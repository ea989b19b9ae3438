import assert from 'node:assert/strict';
import { rejectsWith } from '../../support/assert-error.js';
import { askedFor, stage } from '../../support/meter/meter-stage.js';

const BT23 = 23;
const BT28 = 28;

describe('Meter', () => {
  it('identifies itself', async () => {
    const { clock, meter, transport } = stage({ profile: 'gen4' });
    const description = await clock.run(meter.identify());
    assert.equal(description.serial, transport.meter.serial);
    assert.equal(description.manufacturer, transport.meter.profile.manufacturer);
    assert.equal(description.model, transport.meter.profile.model);
    assert.match(description.firmware ?? '', /^4\.\d\d\.\d\d$/);
    assert.equal(description.protocol, 'mep');
  });

  for (const [profile, values, energyBytes] of [
    ['gen2', 22, 220],
    ['gen3', 55, 220],
    ['gen4', 84, 684],
  ] as const) {
    it(`reads whole tables of a ${profile} meter, knowing its dimensions`, async () => {
      const { clock, meter, transport } = stage({ profile });
      const present = await clock.run(meter.readTable('BT28'));
      assert.equal(present.bytes.length, 4 * values);
      assert.equal(present.meter.dimensions['BT21']?.['numberOfPresentValues'], values);
      const energy = await clock.run(meter.readTable('bt23'));
      assert.equal(energy.bytes.length, energyBytes);
      assert.deepEqual(energy.bytes, transport.meter.image('BT23'));
      assert.deepEqual(
        { ...energy.table, readAt: '', meterTime: '' },
        {
          id: 'BT23',
          number: 23,
          name: 'Current Register Data',
          offset: 0,
          length: energyBytes,
          complete: true,
          readAt: '',
          meterTime: '',
        },
      );
      assert.equal(new Date(energy.table.readAt).toISOString(), energy.table.readAt);
    });
  }

  it('reads dimensions once, not for every table', async () => {
    const made = stage();
    for (let i = 0; i < 3; i++) await made.clock.run(made.meter.readTable('BT28'));
    assert.equal(askedFor(made, 21), 1);
    assert.equal(askedFor(made, 27), 1);
    assert.equal(askedFor(made, BT28), 3);
  });

  it('reads a part, and marks it as incomplete', async () => {
    const { clock, meter, transport } = stage();
    const reading = await clock.run(meter.readTable('BT23', { offset: 4, count: 8 }));
    assert.deepEqual(reading.bytes, transport.meter.image('BT23')?.slice(4, 12));
    assert.equal(reading.table.complete, false);
    assert.equal(reading.table.offset, 4);
    assert.equal(reading.table.length, 8);
  });

  it('takes a table that ends earlier than described as it is', async () => {
    const { clock, meter, transport } = stage({ profile: 'gen4' });
    transport.meter.setImage(2059, transport.meter.image('ET11')!.slice(0, 32));
    const reading = await clock.run(meter.readTable('ET11'));
    assert.equal(reading.table.length, 32);
    assert.equal(reading.bytes.length, 32);
    assert.equal(reading.table.complete, true);
  });

  it('refuses an answer that ends where no table can', async () => {
    const { clock, meter, transport } = stage();
    transport.meter.setImage(28, transport.meter.image('BT28')!.slice(0, 100));
    await rejectsWith(clock.run(meter.readTable('BT28')), 'inconsistent-answer');

    const other = stage();
    other.transport.meter.setImage(2051, other.transport.meter.image('ET03')!.slice(0, 4));
    await rejectsWith(other.clock.run(other.meter.identify()), 'inconsistent-answer');
  });

  it('never tears a block of registers apart', async () => {
    const made = stage({ profile: 'gen4' });
    await made.clock.run(made.meter.readTable('BT23'));
    const block = 19 * 4;
    const pieces = made.asked.filter((read) => read.table === BT23);
    assert.ok(pieces.length > 1);
    for (const { offset, count } of pieces) {
      assert.equal(offset % block, 0);
      assert.equal(count % block, 0);
      assert.ok(count <= 465);
    }
  });

  const mistakes = [
    ['BT99', {}, 'unknown-table'],
    ['', {}, 'unknown-table'],
    ['BT28', { offset: 220 }, 'offset-beyond-table'],
    ['BT28', { offset: -1 }, 'bad-offset'],
    ['BT28', { offset: 1.5 }, 'bad-offset'],
    ['BT28', { count: 0 }, 'bad-count'],
    ['BT28', { count: 221 }, 'bad-count'],
    ['BT28', { offset: 216, count: 5 }, 'bad-count'],
    ['BT28', { count: Number.NaN }, 'bad-count'],
  ] as const;
  for (const [table, options, code] of mistakes) {
    it(`refuses ${table || 'no table'} ${JSON.stringify(options)} as ${code}, and goes on`, async () => {
      const { clock, meter } = stage();
      await rejectsWith(clock.run(meter.readTable(table, options)), code);
      assert.equal((await clock.run(meter.readTable('BT28'))).bytes.length, 220);
    });
  }

  it('starts table reads at least the interval apart', async () => {
    const made = stage({ minIntervalMs: 1000 });
    await made.clock.run(made.meter.readTable('BT28'));
    await made.clock.advance(5000);
    made.asked.length = 0;
    await made.clock.run(Promise.all([1, 2, 3].map(() => made.meter.readTable('BT28', { count: 4 }))));
    const starts = made.asked.filter((read) => read.table === BT28).map((read) => read.at);
    for (const [index, at] of starts.slice(1).entries()) assert.equal(at - starts[index]!, 1000);
  });

  it('reads again with new dimensions when the meter was set up anew in between', async () => {
    const made = stage();
    await made.clock.run(made.meter.readTable('BT23'));
    made.transport.meter.changeSetup({ numberOfSummations: 15 });
    const reading = await made.clock.run(made.meter.readTable('BT23'));
    assert.equal(reading.meter.dimensions['BT21']?.['numberOfSummations'], 15);
    assert.equal(reading.bytes.length, 5 * 15 * 4);
    assert.deepEqual(reading.bytes, made.transport.meter.image('BT23'));
  });

  it('keeps its dimensions when the number jumped for another reason', async () => {
    const made = stage();
    await made.clock.run(made.meter.readTable('BT28'));
    made.transport.meter.jumpSequence(1000);
    await made.clock.run(made.meter.readTable('BT28'));
    assert.equal(askedFor(made, 21), 1);
  });

  it('stops at a rejected key, and asks no more than twice', async () => {
    const { clock, meter, transport, states } = stage({ key: '00000000000000000000' });
    const error = await rejectsWith(clock.run(meter.readTable('BT28')), 'key-rejected');
    assert.equal(error.status, 0x0b);
    assert.equal(meter.state, 'key-rejected');
    await rejectsWith(clock.run(meter.readTable('BT28')), 'key-rejected');
    await clock.advance(3_600_000);
    assert.equal(transport.meter.counters.rejected, 2);
    assert.deepEqual(states, ['connecting', 'key-rejected']);
    assert.ok(!JSON.stringify([error.message, error.stack, error.values]).includes('00000000000000000000'));
  });

  it('reports a missing response, and that it is over', async () => {
    const { clock, meter, transport, states } = stage();
    await clock.run(meter.readTable('BT28'));
    transport.meter.powerOff();
    await rejectsWith(clock.run(meter.readTable('BT28')), 'no-answer');
    assert.equal(meter.state, 'silent');
    transport.meter.powerOn();
    await clock.run(meter.readTable('BT28'));
    assert.deepEqual(states, ['connecting', 'online', 'silent', 'online']);
    assert.equal(meter.lastError, undefined);
  });

  it('wakes a port that is stuck by cycling its lines', async () => {
    const { clock, meter, transport, states } = stage({ minIntervalMs: 1000 });
    await clock.run(meter.readTable('BT28'));
    transport.meter.isStuck = true;
    for (let i = 0; i < 3; i++) await rejectsWith(clock.run(meter.readTable('BT28')), 'no-answer');
    await clock.run(meter.readTable('BT28'));
    assert.deepEqual(states, ['connecting', 'online', 'silent', 'online']);
  });

  it('opens a port anew that cycling did not wake, with growing pauses', async () => {
    const { clock, meter, transport, states } = stage({ minIntervalMs: 1000 });
    await clock.run(meter.readTable('BT28'));
    transport.meter.powerOff();
    let openings = 0;
    const open = transport.open.bind(transport);
    transport.open = (events, signal) => {
      openings++;
      return open(events, signal);
    };
    for (const start = clock.now(); clock.now() < start + 3_600_000;) {
      await clock.run(meter.readTable('BT28').catch(() => undefined));
      await clock.advance(10_000);
    }
    assert.ok(states.includes('silent'));
    assert.ok(openings >= 3 && openings <= 8, `opened ${openings} times in an hour`);
    transport.meter.powerOn();
    await clock.run(meter.readTable('BT28'));
    assert.equal(meter.state, 'online');
    await clock.run(meter.close());
    await clock.advance(120_000);
    assert.equal(clock.pendingTimers, 0);
  });

  it('comes back by itself when the adapter was pulled out, with growing pauses', async () => {
    const made = stage();
    const { clock, meter, transport, states } = made;
    await clock.run(meter.readTable('BT28'));
    const reading = meter.readTable('BT28');
    clock.after(1, () => {
      transport.unplug();
    });
    await rejectsWith(clock.run(reading), 'connection-lost');
    assert.equal(meter.state, 'unreachable');
    await rejectsWith(clock.run(meter.readTable('BT28')), 'connection-lost');
    await clock.advance(10_000);
    assert.equal(meter.lastError?.code, 'port-missing');
    transport.plugIn();
    await clock.advance(60_000);
    assert.equal(meter.state, 'online');
    assert.ok(states.includes('unreachable'));
    await clock.run(meter.readTable('BT28'));
    assert.equal(askedFor(made, 21), 2, 'nothing is believed over a reconnect');
  });

  it('reads a table that gives its own length at its beginning', async () => {
    const made = stage();
    const { clock, meter, transport, asked } = made;
    const ET36 = 2048 + 36;
    const ET41 = 2048 + 41;
    const logs = Uint8Array.of(4, ...new Array<number>(4 * 17).fill(0), 0);
    logs.set([250, 0, 3, 0, 1, 0], 1 + 3 * 17 + 2);
    transport.meter.setImage(ET36, logs);
    const reading = await clock.run(meter.readTable('ET36'));
    assert.deepEqual(reading.bytes, logs);
    assert.equal(reading.table.complete, true);
    assert.deepEqual(
      asked.filter(({ table }) => table === ET36).map(({ offset, count }) => [offset, count]),
      [
        [0, 1],
        [0, logs.length],
      ],
    );
    const log = Uint8Array.from({ length: 6 + 250 }, (_, i) => i);
    transport.meter.setImage(ET41, log);
    const entries = await clock.run(meter.readTable('ET41'));
    assert.deepEqual(entries.bytes, log);
    assert.ok(entries.meter.dimensions['ET36']);
    transport.meter.setImage(ET36, logs.subarray(0, 1));
    await rejectsWith(clock.run(meter.readTable('ET36')), 'inconsistent-answer');
    transport.meter.setImage(2048 + 42, new Uint8Array(20));
    transport.meter.setImage(2048 + 54, new Uint8Array(200));
    await rejectsWith(clock.run(meter.readTable('ET42')), 'inconsistent-answer');
  });

  it('learns anew when another meter is behind the port after a reconnect', async () => {
    const { clock, meter, transport } = stage();
    const before = await clock.run(meter.identify());
    transport.unplug();
    const image = transport.meter.image('ET03')!;
    image.set(new TextEncoder().encode('OTHER METER 7\0'), 0);
    transport.meter.setImage(2051, image);
    transport.plugIn();
    await clock.advance(5_000);
    const after = await clock.run(meter.identify());
    assert.notEqual(after.serial, before.serial);
    assert.equal(after.serial, 'OTHER METER 7');
  });

  it('steps over alerts without answering them', async () => {
    const { clock, meter, transport } = stage();
    transport.meter.setAlert(true);
    await clock.advance(5_000);
    assert.equal((await clock.run(meter.readTable('BT28'))).bytes.length, 220);
    await clock.advance(5_000);
    assert.ok(meter.counters.alerts > 0);
    assert.equal(transport.meter.counters.writes, 0);
  });

  it('cancels a read, waiting or under way', async () => {
    const { clock, meter } = stage();
    await clock.run(meter.readTable('BT28'));
    const controllers = [new AbortController(), new AbortController()];
    const reads = controllers.map(({ signal }) => meter.readTable('BT28', { signal }));
    for (const read of reads) read.catch(() => undefined);
    await clock.advance(5);
    for (const controller of controllers) controller.abort();
    for (const read of reads) await rejectsWith(clock.run(read), 'cancelled');
    assert.equal(meter.state, 'online');
    await clock.run(meter.readTable('BT28'));
  });

  it('rejects everything and leaves nothing behind when closed, and opens again', async () => {
    const { clock, meter, transport } = stage();
    await clock.run(meter.identify());
    const reads = [meter.readTable('BT28'), meter.readTable('BT23')];
    for (const read of reads) read.catch(() => undefined);
    await clock.advance(3);
    await clock.run(meter.close());
    for (const read of reads) await rejectsWith(read, 'connection-closed');
    await rejectsWith(meter.readTable('BT28'), 'connection-closed');
    assert.equal(meter.state, 'closed');
    await clock.advance(120_000);
    assert.equal(clock.pendingTimers, 0);

    for (let i = 0; i < 20; i++) {
      meter.open();
      await clock.advance(i * 7);
      await clock.run(meter.close());
    }
    await clock.advance(120_000);
    assert.equal(clock.pendingTimers, 0);
    transport.unplug();
    meter.open();
    await clock.advance(500);
    await clock.run(meter.close());
    await clock.advance(120_000);
    assert.equal(clock.pendingTimers, 0);
  });
});
