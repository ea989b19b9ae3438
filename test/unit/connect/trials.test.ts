import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeAccessKey } from '../../../src/connect/access-key.js';
import { type MeterSettings, probe, type ProbeReport, type SettingProposal } from '../../../src/connect/index.js';
import { Digest, digestsEqual } from '../../../src/mep/digest.js';
import { encryptionKey, requestCipher } from '../../../src/mep/rc4.js';
import { DEMO_KEY, DEMO_OPTICAL_KEY } from '../../../src/simulator/index.js';
import type { Transport } from '../../../src/transport/transport.js';
import { FakeClock } from '../../support/fake-clock.js';
import { WiredMeter, type Wiring } from '../../support/line/wired-meter.js';

const SERIAL: MeterSettings = {
  protocol: 'mep',
  transport: 'serial',
  port: '/dev/ttyUSB0',
  baudRate: 9_600,
  dtr: 'on',
  rts: 'on',
  security: 'digest',
  key: DEMO_KEY,
};
const OPTICAL = { ...SERIAL, protocol: 'optical', key: DEMO_OPTICAL_KEY } as const;
const TCP = { ...SERIAL, transport: 'tcp', host: '127.0.0.1', tcpPort: 2_000 } as const;
/** Maximum duration of a test of the connection. */
const LIMIT_MS = 60_000;
const NOISE = Uint8Array.of(0x80, 0x00, 0xf8, 0xe0, 0xfe, 0x00, 0x9c, 0x80);

interface Outcome {
  readonly report: ProbeReport;
  readonly wired: WiredMeter;
  readonly trials: (readonly SettingProposal[])[];
  readonly tookMs: number;
}

async function tested(settings: MeterSettings, wiring: Wiring): Promise<Outcome> {
  const clock = new FakeClock();
  const meter = new WiredMeter(clock, wiring);
  const trials: (readonly SettingProposal[])[] = [];
  const onTrial = (changes: readonly SettingProposal[]): void => void trials.push(changes);
  const { makeTransport } = meter;
  const report = await clock.run(probe(settings, { clock, makeTransport, onTrial }));
  assert.equal(meter.openPorts, 0, 'all ports are closed again');
  assert.equal(clock.pendingTimers, 0, 'no timer is left');
  return { report, wired: meter, trials, tookMs: clock.now() };
}

/** The proposals in the form of settings. */
function taken(settings: MeterSettings, { proposals }: ProbeReport): MeterSettings {
  return { ...settings, ...Object.fromEntries(proposals.map(({ setting, value }) => [setting, value])) };
}

/** True if a message was made with the key: signed, or signed and encrypted. */
function showsKey(message: Uint8Array, key: string): boolean {
  const bytes = new TextEncoder().encode(key);
  if (Buffer.from(message).includes(Buffer.from(bytes))) return true;
  const [body, digest] = [message.subarray(2, -8), message.subarray(-8)];
  if (message.length < 10) return false;
  const plain = requestCipher(encryptionKey(bytes), digest).apply(body);
  return [body, plain].some((signed) => digestsEqual(new Digest(bytes).update(signed).finish(), digest));
}

describe('A test of a connection without any response', () => {
  const cases: [what: string, settings: MeterSettings, wiring: Wiring, proposals: SettingProposal[]][] = [
    ['another baud rate', SERIAL, { baudRate: 19_200 }, [{ setting: 'baudRate', value: 19_200 }]],
    ['the slowest baud rate', SERIAL, { baudRate: 300 }, [{ setting: 'baudRate', value: 300 }]],
    ['the usual baud rate', { ...SERIAL, baudRate: 2_400 }, {}, [{ setting: 'baudRate', value: 9_600 }]],
    [
      'the optical port, which may refuse what it cannot read',
      SERIAL,
      { protocol: 'optical', profile: 'gen3' },
      [{ setting: 'protocol', value: 'optical' }],
    ],
    [
      'another baud rate, received as rubbish',
      SERIAL,
      { baudRate: 4_800, noise: { bytes: NOISE, isEverywhere: false } },
      [{ setting: 'baudRate', value: 4_800 }],
    ],
    ['DTR off', SERIAL, { dtr: 'off' }, [{ setting: 'dtr', value: 'off' }]],
    ['RTS off', SERIAL, { rts: 'off', dtr: 'on' }, [{ setting: 'rts', value: 'off' }]],
    [
      'both lines the other way round',
      { ...SERIAL, dtr: 'off', rts: 'off' },
      { dtr: 'on', rts: 'on' },
      [
        { setting: 'dtr', value: 'on' },
        { setting: 'rts', value: 'on' },
      ],
    ],
    ['the optical port', SERIAL, { protocol: 'optical', profile: 'gen4' }, [{ setting: 'protocol', value: 'optical' }]],
    [
      'the optical port at the usual baud rate',
      { ...SERIAL, baudRate: 2_400 },
      { protocol: 'optical' },
      [
        { setting: 'protocol', value: 'optical' },
        { setting: 'baudRate', value: 9_600 },
      ],
    ],
    ['the MEP port', OPTICAL, {}, [{ setting: 'protocol', value: 'mep' }]],
    [
      'a MEP port that is set to TLS',
      OPTICAL,
      { profile: 'gen4', wantsTls: true },
      [
        { setting: 'protocol', value: 'mep' },
        { setting: 'security', value: 'tls' },
      ],
    ],
    [
      'another baud rate of a port that is set to TLS',
      SERIAL,
      { profile: 'gen4', wantsTls: true, baudRate: 115_200 },
      [
        { setting: 'baudRate', value: 115_200 },
        { setting: 'security', value: 'tls' },
      ],
    ],
    [
      'another baud rate, TLS being set',
      { ...SERIAL, security: 'tls' },
      { profile: 'gen4', wantsTls: true, baudRate: 38_400 },
      [{ setting: 'baudRate', value: 38_400 }],
    ],
    [
      'another baud rate and no TLS, which is set',
      { ...SERIAL, security: 'tls' },
      { baudRate: 38_400 },
      [
        { setting: 'baudRate', value: 38_400 },
        { setting: 'security', value: 'digest' },
      ],
    ],
    [
      'a head at the right baud rate',
      { ...OPTICAL, baudRate: 300 },
      { protocol: 'optical' },
      [{ setting: 'baudRate', value: 9_600 }],
    ],
    ['a head that is fed by RTS off', OPTICAL, { protocol: 'optical', rts: 'off' }, [{ setting: 'rts', value: 'off' }]],
    ['the optical port behind a bridge', TCP, { protocol: 'optical' }, [{ setting: 'protocol', value: 'optical' }]],
    [
      'the MEP port behind a bridge',
      { ...TCP, protocol: 'optical', key: DEMO_OPTICAL_KEY },
      {},
      [{ setting: 'protocol', value: 'mep' }],
    ],
  ];
  for (const [what, settings, wiring, proposals] of cases) {
    it(`finds ${what}, within the time, and without the key`, async () => {
      const { report, wired, tookMs } = await tested(settings, wiring);
      assert.equal(report.ok, false);
      assert.deepEqual(report.proposals, proposals);
      assert.deepEqual(report.alternatives, []);
      assert.ok(tookMs < LIMIT_MS, `${tookMs} ms`);
      const [given, ...trials] = wired.connections;
      assert.ok(trials.length > 0);
      if (settings.protocol === 'mep' && settings.security === 'digest') {
        assert.ok(
          given?.written.every((message) => showsKey(message, DEMO_KEY)),
          'the key with the settings given',
        );
      }
      for (const { written } of trials) {
        assert.ok(!written.some((message) => showsKey(message, settings.key ?? '')), 'no key in a trial');
      }
      if (proposals.length > 0 && proposals[0]?.setting !== 'protocol') {
        const again = await tested(taken(settings, report), wiring);
        assert.equal(again.report.ok, true, 'the proposed settings work');
      }
    });
  }

  const unanswered: [what: string, settings: MeterSettings, wiring: Wiring, least: number][] = [
    ['a dead MEP line', SERIAL, { baudRate: 1 }, 16],
    ['a dead MEP line with TLS', { ...SERIAL, security: 'tls' }, { baudRate: 1 }, 16],
    ['a dead head', OPTICAL, { baudRate: 1 }, 4],
    ['a bridge with nothing behind', TCP, { dtr: 'off' }, 2],
    ['noise at every baud rate', SERIAL, { dtr: 'off', noise: { bytes: NOISE, isEverywhere: true } }, 12],
    ['noise at the head', OPTICAL, { dtr: 'off', noise: { bytes: NOISE, isEverywhere: true } }, 1],
    ['an adapter that knows one baud rate', SERIAL, { baudRate: 1, refusedBaudRates: [19_200, 300, 14_400] }, 16],
  ];
  for (const [what, settings, wiring, count] of unanswered) {
    it(`proposes nothing at ${what}, and ends in time`, async () => {
      const { report, trials, tookMs } = await tested(settings, wiring);
      assert.equal(report.ok, false);
      assert.deepEqual(report.proposals, []);
      assert.equal(trials.length, count);
      assert.ok(tookMs < LIMIT_MS, `${tookMs} ms`);
      const isBridge = settings.transport === 'tcp';
      assert.equal(report.notices.includes('bridge'), isBridge);
    });
  }

  it('asks no more often than a meter takes, each time twice at most', async () => {
    const { wired } = await tested(SERIAL, { baudRate: 1 });
    const [, ...trials] = wired.connections;
    for (const [index, { written, openedAt, settings }] of trials.entries()) {
      if (settings.protocol === 'mep') assert.ok(written.length <= 2, `${written.length} messages`);
      const next = trials[index + 1];
      if (next) assert.ok(next.openedAt - openedAt >= 1_000, `${next.openedAt - openedAt} ms`);
    }
  });

  it('costs the meter that it finds one refused signature at most', async () => {
    for (const [settings, wiring] of [
      [SERIAL, { baudRate: 19_200 }],
      [OPTICAL, {}],
      [{ ...SERIAL, security: 'tls' }, { baudRate: 19_200 }],
    ] as const) {
      const { wired } = await tested(settings, wiring);
      assert.ok(wired.meter.counters.rejected <= 1, `${wired.meter.counters.rejected} refusals`);
    }
  });

  it('leaves a port that is set to TLS in no session', async () => {
    const wiring = { profile: 'gen4', wantsTls: true, baudRate: 19_200 } as const;
    const { wired } = await tested({ ...SERIAL, security: 'tls' }, wiring);
    assert.equal(wired.meter.tls.isEstablished, false);
  });

  it('takes only slower baud rates for alerts that come', async () => {
    const clock = new FakeClock();
    const wired = new WiredMeter(clock, { dtr: 'off' });
    const makeTransport = (settings: MeterSettings): Transport => {
      const inner = wired.makeTransport(settings);
      let stop = (): void => undefined;
      return {
        ...inner,
        open: async (events, signal) => {
          await inner.open(events, signal);
          const alert = (): void => {
            events.data(new Uint8Array(2));
            stop = clock.after(1_000, alert);
          };
          stop = clock.after(500, alert);
        },
        close: () => {
          stop();
          return inner.close();
        },
      };
    };
    const rates: unknown[] = [];
    const onTrial = (changes: readonly SettingProposal[]): void => void rates.push(changes[0]?.value);
    const report = await clock.run(probe(SERIAL, { clock, makeTransport, onTrial }));
    assert.equal(report.received, 'alerts');
    assert.deepEqual(report.proposals, []);
    assert.deepEqual(rates, [4_800, 2_400, 1_200, 600, 300]);
  });

  it('reports that the optical port has other keys, and identifies the meter', async () => {
    const { report, wired } = await tested(SERIAL, { protocol: 'optical' });
    assert.deepEqual(report.notices, ['other-key']);
    assert.equal(report.description?.serial, wired.meter.serial);
  });

  it('ends when it is stopped, and reports that', async () => {
    const clock = new FakeClock();
    const wired = new WiredMeter(clock, { baudRate: 1 });
    const stop = new AbortController();
    let trials = 0;
    const onTrial = (): void => {
      if (++trials === 3) stop.abort();
    };
    const { makeTransport } = wired;
    const report = await clock.run(probe(SERIAL, { clock, makeTransport, onTrial, signal: stop.signal }));
    assert.equal(report.error?.code, 'cancelled');
    assert.equal(trials, 3);
    assert.deepEqual([wired.openPorts, clock.pendingTimers], [0, 0]);
  });

  it('tries nothing else where the meter answered, or the port could not be opened', async () => {
    for (const [settings, wiring, code] of [
      [SERIAL, {}, undefined],
      [{ ...SERIAL, key: 'ABCDEFGHIJ0123456789' }, {}, 'key-rejected'],
      [SERIAL, { profile: 'gen4', wantsTls: true }, 'session-required'],
      [{ ...SERIAL, key: '' }, {}, 'key-missing'],
      [SERIAL, { refusedBaudRates: [9_600] }, 'port-failed'],
    ] as const) {
      const { report, trials, wired } = await tested(settings, wiring);
      assert.equal(report.error?.code, code);
      assert.deepEqual(trials, []);
      assert.ok(wired.connections.length <= 1);
    }
  });
});

describe('Advice on a key', () => {
  const hex = '0123456789abcdef0123456789abcdef';
  const cases: [settings: MeterSettings, code: string, format: string | undefined][] = [
    [{ ...SERIAL, keyFormat: 'hex', key: 'NES-DEMO-KEY-0000001' }, 'key-format', 'ascii'],
    [{ ...SERIAL, keyFormat: 'hex', key: '0123456789ABCDEF0123' }, 'key-length', 'ascii'],
    [{ ...SERIAL, keyFormat: 'ascii', key: hex }, 'key-length', 'hex'],
    [{ ...SERIAL, keyFormat: 'ascii', key: `${hex}01234567` }, 'key-length', 'hex'],
    [{ ...OPTICAL, keyFormat: 'ascii', key: `${hex}01234567` }, 'key-length', 'hex'],
    [{ ...OPTICAL, keyFormat: 'hex', key: 'NES-DEMO-RK-00000001' }, 'key-format', 'ascii'],
    [{ ...OPTICAL, keyFormat: 'ascii', key: hex }, 'key-length', undefined],
    [{ ...SERIAL, keyFormat: 'hex', key: 'short' }, 'key-format', undefined],
    [{ ...SERIAL, keyFormat: 'hex', key: '', advancedKey: '0123456789ABCDEF0123' }, 'key-length', 'ascii'],
  ];
  for (const [settings, code, format] of cases) {
    const given = `${settings.protocol} key of ${(settings.key ?? '').length} characters as ${settings.keyFormat ?? ''}`;
    it(`names the form of a ${given}: ${format ?? 'none'}`, async () => {
      const { report, wired } = await tested(settings, { protocol: settings.protocol });
      assert.equal(report.error?.code, code);
      assert.deepEqual(report.proposals, format === undefined ? [] : [{ setting: 'keyFormat', value: format }]);
      if (settings.protocol === 'mep') assert.equal(wired.connections.length, 0, 'no meter is needed for that');
    });
  }

  it('need not try the other form: no text is a key in both', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefABCDEFxyz :-')), maxLength: 64 });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ maxLength: 64 })), (key) => {
        const usable = (['ascii', 'hex'] as const).filter((format) => describeAccessKey(key, format).isUsable);
        assert.ok(usable.length <= 1, usable.join());
      }),
      { numRuns: 5_000 },
    );
  });

  for (const [what, settings, wiring, notices, alternatives] of [
    ['as characters', { ...SERIAL, key: 'ABCDEFGHIJ0123456789' }, {}, ['key-characters'], []],
    ['as hex digits', { ...SERIAL, key: hex }, {}, ['key-digits'], []],
    ['at a head', { ...OPTICAL, key: 'ABCDEFGHIJ0123456789' }, { protocol: 'optical' }, ['key-characters'], []],
    [
      'encrypted with RC4',
      { ...SERIAL, security: 'rc4', key: hex },
      {},
      ['key-digits'],
      [{ setting: 'security', value: 'digest' }],
    ],
    [
      'as the MBK over TLS',
      { ...SERIAL, security: 'tls', key: hex },
      { profile: 'gen4', wantsTls: true },
      ['key-digits', 'key-advanced'],
      [],
    ],
    [
      'as the MAK over TLS',
      { ...SERIAL, security: 'tls', key: '', advancedKey: hex },
      { profile: 'gen4', wantsTls: true },
      ['key-digits'],
      [],
    ],
  ] as const satisfies readonly [string, MeterSettings, Wiring, readonly string[], readonly SettingProposal[]][]) {
    it(`suggests what may be wrong with a key rejected ${what}, and tries none of it`, async () => {
      const { report, trials } = await tested(settings, wiring);
      assert.equal(report.error?.code, 'key-rejected');
      assert.deepEqual(report.notices, notices);
      assert.deepEqual(report.alternatives, alternatives);
      assert.deepEqual([report.proposals, trials], [[], []]);
    });
  }
});
