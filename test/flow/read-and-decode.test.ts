import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Flow, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

const READ = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT28', interval: '0', wires: [['out']] };

describe('Reading and decoding in a flow', () => {
  withNodeRed();

  it('puts the table into the message and keeps the rest of it', async () => {
    const flow = await Flow.load([SIMULATED_METER, READ]);
    const msg = await flow.ask('read', { topic: 'mine', parcel: 7, payload: 'gone' });
    assert.equal(msg.topic, 'mine');
    assert.equal(msg['parcel'], 7);
    assert.ok(Buffer.isBuffer(msg.payload));
    const table = msg['table'] as Record<string, unknown>;
    assert.equal(table['id'], 'BT28');
    assert.equal(table['length'], msg.payload.length);
    assert.equal(table['complete'], true);
    assert.ok(!Number.isNaN(Date.parse(table['readAt'] as string)));
    const meter = msg['meter'] as Record<string, unknown>;
    assert.equal(meter['protocol'], 'mep');
    assert.ok(meter['serial']);
    const known = Object.keys(meter['dimensions'] as object);
    assert.ok(known.includes('BT21') && known.includes('BT27'), known.join());
    assert.equal(flow.completed.length, 1);
  });

  it('reads anew for a message that a broker had stored', async () => {
    const flow = await Flow.load([
      SIMULATED_METER,
      { ...READ, wires: [['decode']] },
      { id: 'decode', type: 'mep-decode-bt28', wires: [['out']] },
    ]);
    const msg = await flow.ask('read', { topic: 'mine', retain: true });
    assert.deepEqual([msg.topic, 'retain' in msg, flow.caught.length], ['mine', false, 0]);
  });

  it('decodes what it read', async () => {
    const flow = await Flow.load([
      SIMULATED_METER,
      { ...READ, wires: [['decode']] },
      { id: 'decode', type: 'mep-decode-bt28', wires: [['out']] },
    ]);
    const msg = await flow.ask('read', {});
    const payload = msg.payload as Record<string, number | null>;
    assert.ok(payload['voltageL1']! > 200 && payload['voltageL1']! < 260, String(payload['voltageL1']));
    assert.ok(Buffer.isBuffer(msg['raw']));
    assert.ok(Array.isArray(msg['registers']));
    assert.equal((msg['table'] as { id: string }).id, 'BT28');
    assert.equal(JSON.stringify(JSON.parse(JSON.stringify(payload))), JSON.stringify(payload));
  });

  for (const security of ['rc4', 'tls']) {
    it(`reads a port that is set to ${security}`, async () => {
      const flow = await Flow.load([{ ...SIMULATED_METER, security, profile: 'gen4' }, READ]);
      for (let reads = 0; reads < 2; reads++) {
        const msg = await flow.ask('read', {});
        assert.ok(Buffer.isBuffer(msg.payload), msg.error?.message);
        assert.equal((msg['table'] as { complete: boolean }).complete, true);
      }
    });
  }

  it('reads a part of a table', async () => {
    const flow = await Flow.load([
      SIMULATED_METER,
      { ...READ, table: 'BT23', mode: 'partial', offset: '4', count: '4', wires: [['decode']] },
      { id: 'decode', type: 'mep-decode-bt23', wires: [['out']] },
    ]);
    const msg = await flow.ask('read', {});
    const payload = msg.payload as Record<string, number | null>;
    assert.equal(payload['activeEnergyImport'], null);
    assert.equal(typeof payload['activeEnergyExport'], 'number');
    const { offset, length, complete } = msg['table'] as Record<string, unknown>;
    assert.deepEqual({ offset, length, complete }, { offset: 4, length: 4, complete: false });
  });

  it('reads the part that msg.table requests, and not the one of an earlier read', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, table: 'BT23' }]);
    const whole = await flow.ask('read', {});
    const bytes = whole.payload as Buffer;
    const part = await flow.ask('read', { table: { id: 'bt23', offset: 4, count: 8 } });
    assert.deepEqual((part.payload as Buffer).length, 8);
    assert.equal((part['table'] as { offset: number }).offset, 4);
    const rest = await flow.ask('read', { table: { offset: 8 } });
    assert.equal((rest.payload as Buffer).length, bytes.length - 8);
    const again = await flow.ask('read', { table: part['table'] });
    assert.equal((again.payload as Buffer).length, bytes.length);
    const other = await flow.ask('read', { table: { id: 'BT28', offset: 4, count: 8 } });
    assert.equal((other.payload as Buffer).length, bytes.length);
    const text = await flow.ask('read', { table: { offset: '4', count: 8 } });
    assert.equal(text.error?.code, 'bad-offset');
    const beyond = await flow.ask('read', { table: { offset: 4, count: 9_000 } });
    assert.equal(beyond.error?.code, 'bad-count');
  });

  for (const table of ['ET03', { id: 'ET03' }]) {
    it(`takes the table from msg.table (${typeof table})`, async () => {
      const flow = await Flow.load([SIMULATED_METER, { ...READ, table: '' }]);
      const msg = await flow.ask('read', { table });
      assert.equal((msg['table'] as { id: string }).id, 'ET03');
    });
  }

  it('prefers its own table to the one a message of another read brings', async () => {
    const flow = await Flow.load([SIMULATED_METER, READ]);
    const msg = await flow.ask('read', { table: { id: 'ET03' } });
    assert.equal((msg['table'] as { id: string }).id, 'BT28');
  });

  it('reads by itself, soon and again, with a new message each time', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, interval: '0.3' }]);
    await until(() => flow.out.length >= 3, 'three readings');
    assert.equal(new Set(flow.out.map((msg) => msg._msgid)).size, flow.out.length);
  });

  it('stops reading by itself when it is deleted', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, interval: '0.2' }]);
    await until(() => flow.out.length >= 1, 'a reading');
    await flow.redeploy([SIMULATED_METER]);
    const before = flow.out.length;
    await pause(600);
    assert.equal(flow.out.length, before);
    assert.deepEqual(flow.caught, []);
  });

  it('hands out a description that the flow may change', async () => {
    const flow = await Flow.load([SIMULATED_METER, READ]);
    const first = await flow.ask('read', {});
    const dimensions = (first['meter'] as { dimensions: Record<string, Record<string, unknown>> }).dimensions;
    dimensions['BT21']!['numberOfPresentValues'] = 3;
    const second = await flow.ask('read', {});
    assert.ok((second.payload as Buffer).length > 100);
  });

  it('shows what it does in 20 characters', async () => {
    const flow = await Flow.load([SIMULATED_METER, READ]);
    await flow.ask('read', {});
    assert.equal(flow.lastStatus('read'), 'mep-read-table.status.read');
  });
});

describe('Decoding bare buffers in a flow', () => {
  withNodeRed();
  // Values of a real NES 83334: 344.180 and 7.583 kWh; 2710 W and so on.
  const BT23 = Buffer.from('744005009f1d0000', 'hex');
  const BT28 = Buffer.from(
    '960a0000000000000000000039020000f80c0000dc0c0000901900002770030' + '0ef6f030076700300',
    'hex',
  );

  async function decode(node: object, payload: unknown): Promise<Record<string, number | null>> {
    const flow = await Flow.load([{ id: 'decode', type: 'mep-decode-bt23', wires: [['out']], ...node }]);
    const msg = await flow.ask('decode', { payload });
    assert.equal(msg.error, undefined);
    return msg.payload as Record<string, number | null>;
  }

  for (const [kind, payload] of [
    ['a Buffer', BT23],
    ['a Uint8Array', new Uint8Array(BT23)],
    ['a view into a larger array', new Uint8Array([9, ...BT23, 9]).subarray(1, 9)],
    ['a Buffer that went through JSON', JSON.parse(JSON.stringify(BT23)) as unknown],
  ] as const) {
    it(`takes ${kind}`, async () => {
      const values = await decode({}, payload);
      assert.equal(values['activeEnergyImport'], 344.18);
      assert.equal(values['activeEnergyExport'], 7.583);
    });
  }

  for (const [type, offset, payload, shown] of [
    ['mep-decode-bt28', 0, BT28, '2710 W'],
    ['mep-decode-bt23', 0, BT23, '344.2 kWh'],
    ['mep-decode-bt23', 4, BT23.subarray(4), 'mep-decode-bt23.status.decoded'],
  ] as const) {
    it(`shows below ${type} what people look for first: ${shown}`, async () => {
      const flow = await Flow.load([{ id: 'decode', type, offset, wires: [['out']] }]);
      await flow.ask('decode', { payload });
      assert.equal(flow.lastStatus('decode'), shown);
    });
  }

  it('decodes the present values of a real meter', async () => {
    const values = await decode({ type: 'mep-decode-bt28' }, BT28);
    assert.equal(values['activePowerImport'], 2710);
    assert.equal(values['reactivePowerExport'], 569);
    assert.deepEqual([values['currentL1'], values['currentL2'], values['currentL3']], [3.32, 3.292, 6.544]);
    assert.deepEqual([values['voltageL1'], values['voltageL2'], values['voltageL3']], [225.319, 225.263, 225.398]);
  });

  it('takes the energy unit as a text, as the editor stores it', async () => {
    assert.equal((await decode({ energyUnit: '10' }, BT23))['activeEnergyImport'], 3441.8);
  });

  it('takes the first byte as a text', async () => {
    assert.equal((await decode({ offset: '4' }, BT23.subarray(4)))['activeEnergyExport'], 7.583);
  });

  it('steps over the demand reset counter', async () => {
    const counted = Buffer.concat([Buffer.from([5]), BT23]);
    assert.equal((await decode({ demandResetCounter: true }, counted))['activeEnergyImport'], 344.18);
  });

  it('finds the first tier behind as many summations as are set', async () => {
    const bytes = Buffer.alloc(16 * 4);
    bytes.writeInt32LE(1234, 15 * 4);
    assert.equal((await decode({ summations: '15', tiers: '8' }, bytes))['tier1ActiveEnergyImport'], 1.234);
  });
});
