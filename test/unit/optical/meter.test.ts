import assert from 'node:assert/strict';
import { toHex } from '../../../src/bytes/hex.js';
import { isMeterError } from '../../../src/errors.js';
import { CATALOGUE, findTable } from '../../../src/tables/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { opticalMeterStage } from '../../support/meter/optical-meter-stage.js';

const BT01 = findTable('BT01')!.number;

describe('A meter at its optical port', () => {
  for (const profile of ['gen2', 'gen3', 'gen4'] as const) {
    it(`gives every table of a ${profile} meter byte for byte, or the reason why not`, async () => {
      const { clock, transport, meter } = opticalMeterStage({ profile, speed: 0, session: { packetSize: 512 } });
      let read = 0;
      for (const { name } of CATALOGUE) {
        try {
          const { bytes } = await clock.run(meter.readTable(name));
          const image = transport.meter.image(name)!;
          assert.equal(toHex(bytes), toHex(image), name);
          read++;
        } catch (error) {
          if (!isMeterError(error)) throw error;
          const mayBe = ['no-permission', 'table-not-available', 'dimensions-missing', 'offset-beyond-table'];
          assert.ok(mayBe.includes(error.code), `${name}: ${error.code} ${error.message}`);
        }
      }
      assert.ok(read > 20, `${read} tables`);
      await clock.run(meter.close());
      assert.equal(transport.optical.counters.sessions, transport.optical.counters.terminations);
    });
  }

  it('takes no zeros for fields that its firmware does not have', async () => {
    const { clock, transport, meter } = opticalMeterStage();
    const general = transport.meter.image(BT01)!;
    new DataView(general.buffer).setUint16(14, 0x3155);
    transport.meter.setImage(BT01, general);
    const { table, bytes } = await clock.run(meter.readTable('ET11'));
    const whole = transport.meter.image('ET11')!;
    assert.ok(table.length < whole.length, `${table.length} of ${whole.length} bytes`);
    assert.equal(table.complete, true);
    assert.equal(toHex(bytes), toHex(whole.subarray(0, table.length)));
    await clock.run(meter.close());
  });

  it('is not read while it does not report its firmware', async () => {
    const { clock, transport, meter } = opticalMeterStage();
    transport.meter.refusals.set(BT01, 3);
    await rejectsWith(clock.run(meter.readTable('BT23')), 'no-permission');
    transport.meter.refusals.clear();
    assert.ok((await clock.run(meter.readTable('BT23'))).bytes.length > 0);
    await clock.run(meter.close());
  });

  it('gets one refusal of a wrong key', async () => {
    const { clock, transport, meter } = opticalMeterStage({ key: '0123456789ABCDEF0123' });
    for (let poll = 0; poll < 5; poll++) {
      await rejectsWith(clock.run(meter.readTable('BT23')), 'key-rejected');
      await clock.advance(60_000);
    }
    assert.equal(meter.state, 'key-rejected');
    assert.equal(transport.optical.counters.wrongKeys, 1);
    await clock.run(meter.close());
  });

  it('distinguishes a table that this key may not read from a wrong key', async () => {
    const { clock, meter } = opticalMeterStage();
    await rejectsWith(clock.run(meter.readTable('ET51')), 'no-permission');
    assert.equal(meter.state, 'online');
    assert.ok((await clock.run(meter.readTable('BT23'))).bytes.length > 0);
    await clock.run(meter.close());
  });

  it('comes back with an adapter that was pulled out in the middle of a read', async () => {
    const { clock, transport, meter } = opticalMeterStage({ speed: 0, timing: { baudRate: 9_600 } });
    await clock.run(meter.readTable('BT28'));
    const broken = meter.readTable('BT28');
    clock.after(90, () => {
      transport.unplug();
    });
    await rejectsWith(clock.run(broken), 'connection-lost');
    await clock.advance(20_000);
    assert.equal(meter.state, 'unreachable');
    transport.plugIn();
    await clock.advance(20_000);
    const { bytes } = await clock.run(meter.readTable('BT28'));
    assert.equal(toHex(bytes), toHex(transport.meter.image('BT28')!));
    assert.equal(meter.state, 'online');
    assert.equal(meter.status.counters.reconnects, 1);
    await clock.run(meter.close());
    assert.equal(clock.pendingTimers, 0);
  });

  it('is silent while its head is off, and is back with it', async () => {
    const { clock, transport, meter } = opticalMeterStage();
    await clock.run(meter.readTable('BT23'));
    transport.meter.powerOff();
    await clock.advance(10_000);
    await rejectsWith(clock.run(meter.readTable('BT23')), 'optical-silence');
    assert.equal(meter.state, 'silent');
    transport.meter.powerOn();
    assert.ok((await clock.run(meter.readTable('BT23'))).bytes.length > 0);
    assert.equal(meter.state, 'online');
    await clock.run(meter.close());
  });

  it('is read through a lock-out of its module at a tariff switch', async () => {
    const { clock, transport, meter } = opticalMeterStage();
    await clock.run(meter.readTable('BT23'));
    transport.meter.powerOff();
    clock.after(8_000, () => {
      transport.meter.powerOn();
    });
    assert.ok((await clock.run(meter.readTable('BT23'))).bytes.length > 0);
    await clock.run(meter.close());
  });
});
