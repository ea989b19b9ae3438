import assert from 'node:assert/strict';
import { concatBytes, fromHex, toHex } from '../../../src/bytes/hex.js';
import { DEMO_OPTICAL_KEY, type OpticalBehaviour, opticalBehaviour } from '../../../src/simulator/optical-behaviour.js';
import { SimulatedOpticalPort, SimulatedOpticalSession } from '../../../src/simulator/optical-port.js';
import { SimulatedMeter } from '../../../src/simulator/simulated-meter.js';
import { findTable } from '../../../src/tables/index.js';

const keyOf = (name: string): Uint8Array => new TextEncoder().encode(DEMO_OPTICAL_KEY.replace('RK', name));

function talk(behaviour: Partial<OpticalBehaviour> = {}, profile: 'gen2' | 'gen3' | 'gen4' = 'gen3') {
  const meter = new SimulatedMeter({ profile });
  const port = new SimulatedOpticalPort(meter, opticalBehaviour(profile, behaviour));
  const session = new SimulatedOpticalSession(port);
  let now = 0;
  const ask = (message: string): string => toHex(session.answer(fromHex(message)!, now));
  const logOn = (key?: Uint8Array): string => {
    assert.equal(ask('20'), '00 00 01 00 00');
    ask('61 02 00 04 06');
    assert.equal(ask('50 00 01 20 20 20 20 20 20 20 20 20 20'), '00');
    return key ? ask(`51 ${toHex(key)}`) : '00';
  };
  const end = (): void => {
    assert.equal(ask('21'), '00');
  };
  /** The response code of reading the first 4 bytes. */
  const read = (name: string): string => {
    const { number } = findTable(name)!;
    return ask(`3F ${number.toString(16).padStart(4, '0')} 000000 0004`).slice(0, 2);
  };
  const write = (name: string): string => {
    const { number } = findTable(name)!;
    return ask(`4F ${number.toString(16).padStart(4, '0')} 000000 0001 05 FB`);
  };
  const wait = (ms: number): number => (now += ms);
  return { meter, port, session, ask, logOn, end, read, write, wait };
}

describe('simulator: keys of the optical port', () => {
  const OPEN = ['BT00', 'BT01', 'ET03'];
  const READABLE = ['BT21', 'BT22', 'BT23', 'BT27', 'BT28', 'BT61', 'BT64', 'BT74', 'ET11', 'ET55'];
  const CLOSED_TO_RK = ['BT04', 'BT52', 'ET21', 'ET51'];
  const KEYS = ['ET13'];

  it('permits identification and serial number without a logon', () => {
    const { logOn, read } = talk();
    logOn();
    for (const name of OPEN) assert.equal(read(name), '00', name);
    for (const name of [...READABLE, ...CLOSED_TO_RK, ...KEYS]) assert.equal(read(name), '03', name);
  });

  for (const [key, closed, canWrite] of [
    ['RK', [...CLOSED_TO_RK, ...KEYS], false],
    ['PK', KEYS, true],
    ['MK', [], true],
  ] as const) {
    it(`opens to the ${key} what it may`, () => {
      const { logOn, read, write } = talk();
      assert.equal(logOn(keyOf(key)), '00');
      for (const name of [...OPEN, ...READABLE, ...CLOSED_TO_RK, ...KEYS]) {
        assert.equal(read(name), (closed as readonly string[]).includes(name) ? '03' : '00', name);
      }
      assert.equal(write('ET50'), canWrite ? '00' : '03');
      assert.equal(write('BT22'), '03', 'no client may write it');
      assert.equal(write('ET13'), key === 'MK' ? '00' : '03');
    });
  }

  it('answers isc to another or no key, and still permits what needs none', () => {
    const { logOn, read, port, ask } = talk();
    assert.equal(logOn(keyOf('XX')), '03');
    assert.equal(read('BT23'), '03');
    assert.equal(read('ET03'), '00');
    assert.equal(ask(`51 ${toHex(keyOf('RK'))}`), '00');
    assert.equal(read('BT23'), '00');
    assert.equal(port.counters.wrongKeys, 1);
  });

  it('fills short keys up with zeros', () => {
    const short = new Uint8Array(16).fill(0x31);
    const { logOn, end } = talk({ keys: { RK: short, PK: short, MK: short } });
    assert.equal(logOn(concatBytes(short, new Uint8Array(4))), '00');
    end();
    assert.equal(logOn(concatBytes(short, new Uint8Array(4).fill(0x20))), '03');
  });

  it('locks itself after more wrong keys in a row than it allows', () => {
    const { logOn, end, port, wait } = talk({ lockout: { allowed: 2, minutes: 5 } });
    for (const key of ['X1', 'X2', 'RK', 'X3', 'X4']) {
      logOn(keyOf(key));
      end();
      assert.ok(port.isListening(0), key);
    }
    assert.equal(logOn(keyOf('X5')), '03');
    assert.equal(port.isListening(wait(299_999)), false);
    assert.equal(port.isListening(wait(1)), true);
  });
});

describe('simulator: states of an optical session', () => {
  const LOGON = '50 00 01 20 20 20 20 20 20 20 20 20 20';
  const SECURITY = `51 ${toHex(keyOf('RK'))}`;
  const READ = '3F 00 01 00 00 00 00 04';

  it('takes each service only in its own', () => {
    const { ask, session } = talk();
    const NEEDED: [string, string[]][] = [
      ['20', ['base']],
      ['61 00 40 02 06', ['id']],
      ['60 00 40 02', ['id']],
      [LOGON, ['id']],
      ['70 05', ['id', 'session']],
      [SECURITY, ['session']],
      [READ, ['session']],
      ['30 00 01', ['session']],
      ['40 00 01 00 01 05 FB', ['session']],
      ['52', ['session']],
      ['21', ['base', 'id', 'session']],
    ];
    const WAYS: Record<string, string[]> = { base: [], id: ['20'], session: ['20', LOGON] };
    for (const [state, way] of Object.entries(WAYS)) {
      for (const [message, states] of NEEDED) {
        ask('21');
        for (const step of way) ask(step);
        assert.equal(session.state, state);
        assert.equal(ask(message) === '0A', !states.includes(state), `${message} in ${state}`);
      }
    }
  });

  it('forgets key and packet size at the end', () => {
    const { ask, logOn, end, session, read } = talk();
    assert.equal(logOn(keyOf('RK')), '00');
    assert.deepEqual(session.negotiated, { packetSize: 128, packetCount: 4, baudRate: 9_600 });
    assert.equal(ask('52'), '00');
    assert.equal(ask(LOGON), '00');
    assert.equal(read('BT23'), '03', 'logoff forgets the key');
    end();
    assert.deepEqual(session.negotiated, { packetSize: 64, packetCount: 1, baudRate: 9_600 });
  });

  it('understands no more than there is', () => {
    const { ask, logOn } = talk();
    logOn();
    for (const message of ['22', '31 00 17 00 00 00 04', '3E', '53', '80 00'])
      assert.equal(ask(message), '02', message);
    for (const message of ['20 00', '30 00', '3F 00 01 00 00 00 00', '51 30', '40 00 01 00 01 05 FA', '70']) {
      assert.equal(ask(message), '01', message);
    }
  });
});

describe('simulator: tables at the optical port', () => {
  it('go on with zeros behind their end, without an error', () => {
    const { ask, logOn, meter } = talk();
    logOn(keyOf('RK'));
    meter.setImage(23, Uint8Array.of(1, 2, 3, 4));
    assert.equal(ask('3F 00 17 00 00 02 00 04'), '00 00 04 03 04 00 00 F9');
    assert.equal(ask('3F 00 17 00 00 08 00 02'), '00 00 02 00 00 00');
    assert.equal(ask('30 00 17'), '00 00 04 01 02 03 04 F6');
  });

  it('distinguishes absent, refused, and no bytes requested', () => {
    const { logOn, read, meter, ask } = talk({}, 'gen2');
    logOn(keyOf('RK'));
    assert.equal(read('BT21'), '05', 'firmware 2.10 has none');
    assert.equal(read('BT20'), '00');
    meter.refusals.set(20, 6);
    assert.equal(read('BT20'), '06');
    assert.equal(ask('3F 00 17 00 00 00 00 00'), '04');
  });

  it('are reported to a listener as the meter meant them', () => {
    const { logOn, read, port } = talk();
    const received: string[] = [];
    const end = port.onExchange(({ request, level, code, data }) =>
      received.push(`${request?.service ?? '?'} ${level} ${code} ${data?.length ?? '-'}`),
    );
    logOn(keyOf('RK'));
    read('BT01');
    end();
    read('BT01');
    assert.deepEqual(received, [
      'identification none 0 -',
      'negotiate none 0 -',
      'logon none 0 -',
      'security none 0 -',
      'partial-read RK 0 4',
    ]);
  });
});
