import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { DEMO_KEY, type ServedMeter, serveTcp, SimulatedMeter } from '../../../src/simulator/index.js';
import { tcpTransport } from '../../../src/transport/index.js';
import { HELP, parseCommandLine, startSimulator } from '../../../scripts/simulator.js';
import { rejectsWith } from '../../support/assert-error.js';

const EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };

function portOf(served: ServedMeter): number {
  return Number(served.address.split(':')[1]);
}

function sessionTo(served: ServedMeter, key = DEMO_KEY): MepSession {
  const transport = tcpTransport({ host: '127.0.0.1', port: portOf(served) });
  return new MepSession({ transport, security: digestSecurity(new TextEncoder().encode(key)) });
}

describe('simulator: over TCP', () => {
  let served: ServedMeter | undefined;
  afterEach(async () => {
    await served?.close();
    served = undefined;
  });

  it('serves several connections to the one meter', async () => {
    const meter = new SimulatedMeter({ profile: 'gen4' });
    served = await serveTcp({ meter, port: 0 });
    const sessions = [sessionTo(served), sessionTo(served)];
    for (const session of sessions) {
      await session.open(EVENTS);
      const image = meter.image('BT22')!;
      assert.deepEqual(await session.read(22, 0, image.length), image);
    }
    for (const session of sessions) await session.close();
  });

  it('survives a connection that is reset, and ends open ones when it closes', async () => {
    const meter = new SimulatedMeter();
    served = await serveTcp({ meter, port: 0 });
    const rude = connect(portOf(served), '127.0.0.1');
    await new Promise((resolve) => rude.once('connect', resolve));
    rude.write(Uint8Array.of(1, 2, 3));
    rude.resetAndDestroy();
    const session = sessionTo(served);
    const lost = new Promise<string>((resolve) => {
      void session.open({
        ...EVENTS,
        closed: ({ code }) => {
          resolve(code);
        },
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await served.close();
    await served.close();
    assert.equal(await lost, 'connection-lost');
    await session.close();
  });

  it('says so when its port is taken', async () => {
    const meter = new SimulatedMeter();
    served = await serveTcp({ meter, port: 0 });
    const error = await rejectsWith(serveTcp({ meter, port: portOf(served) }), 'port-busy');
    assert.match(error.message, /127\.0\.0\.1:\d+/);
  });
});

describe('simulator: the optical port over TCP', () => {
  it('is served instead of the MEP port', async () => {
    const running = await startSimulator(parseCommandLine(['--tcp', '0', '--optical', '--profile', 'gen4']), () => 0);
    const socket = connect(portOf(running.served[0]!), '127.0.0.1');
    socket.write(fromHex('EE 00 00 00 00 01 20 13 10')!);
    const heard: number[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      heard.push(...chunk);
      if (heard.length >= 14) break;
    }
    assert.equal(toHex(Uint8Array.from(heard)), '06 EE 00 00 00 00 05 00 00 01 00 00 C6 B5');
    await running.close();
  });
});

describe('simulator: command line', () => {
  const OPTICAL = {
    rk: 'ABCDEFGHIJKLMNOPQRST',
    mk: 'TSRQPONMLKJIHGFEDCBA',
    packets: '64x2',
    'first-packet': 'silence',
    session: '60/30',
    lockout: '3/10',
  };

  it('serves a Gen 3 meter on TCP port 2000 when nothing is said', () => {
    const command = parseCommandLine([]);
    assert.deepEqual(
      [command.profile, command.tcpPort, command.host, command.pty],
      ['gen3', 2000, '127.0.0.1', undefined],
    );
    assert.equal(parseCommandLine(['--pty', '/tmp/x']).tcpPort, undefined);
  });

  it('knows every option its help names, and names every option it knows', () => {
    const given = {
      tcp: '4059',
      host: '0.0.0.0',
      pty: '/tmp/x',
      profile: 'gen4',
      mbk: 'ABCDEFGHIJKLMNOPQRST',
      mak: '11111111111111111111',
      serial: '123',
      seed: '7',
      speed: '60',
      baud: '9600',
      faults: 'drop=0.05, late-answer=1',
    };
    const command = parseCommandLine([
      ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]),
      '--alert',
      '--wants-tls',
    ]);
    assert.deepEqual(command, {
      isHelp: false,
      tcpPort: 4059,
      host: '0.0.0.0',
      pty: '/tmp/x',
      profile: 'gen4',
      mbk: given.mbk,
      mak: given.mak,
      serial: '123',
      seed: 7,
      speed: 60,
      baud: 9600,
      isAlertRaised: true,
      wantsTls: true,
      rk: undefined,
      optical: undefined,
      faults: { drop: 0.05, 'late-answer': 1 },
    });
    const named = new Set([...HELP.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name));
    const known = [...Object.keys(given), 'alert', 'help', 'optical', ...Object.keys(OPTICAL), 'echo', 'wants-tls'];
    assert.deepEqual([...named].sort(), known.sort());
    assert.equal(parseCommandLine(['-h']).isHelp, true);
  });

  it('serves the optical port as told', () => {
    const { optical, faults, rk } = parseCommandLine([
      '--optical',
      ...Object.entries(OPTICAL).flatMap(([name, value]) => [`--${name}`, value]),
      '--echo',
      '--wants-tls',
      '--faults',
      'busy=0.1',
    ]);
    const keyOf = (text: string): Uint8Array => new TextEncoder().encode(text);
    assert.deepEqual(optical, {
      keys: { RK: keyOf(OPTICAL.rk), PK: keyOf('NES-DEMO-PK-00000001'), MK: keyOf(OPTICAL.mk) },
      negotiation: { packetSize: 64, packetCount: 2 },
      firstPacket: 'silence',
      denialOfService: { sessionMs: 60_000, holdOffMs: 30_000 },
      lockout: { allowed: 3, minutes: 10 },
      echoes: true,
      wantsTls: true,
    });
    assert.deepEqual([faults, rk], [{ busy: 0.1 }, OPTICAL.rk]);
    const none = parseCommandLine([
      '--optical',
      '--packets',
      'none',
      '--session',
      'none',
      '--lockout',
      'none',
    ]).optical!;
    assert.deepEqual([none.negotiation, none.denialOfService, none.lockout], [null, null, null]);
    assert.ok(!('negotiation' in parseCommandLine(['--optical']).optical!), 'as its generation');
  });

  it('says what is wrong in a sentence', () => {
    const wrong: [string[], RegExp][] = [
      [['--echo'], /--echo needs --optical/],
      [['--optical', '--packets', '64'], /--packets takes a number from 1 to 255/],
      [['--optical', '--packets', '32x2'], /--packets takes a number from 64/],
      [['--optical', '--first-packet', 'lost'], /--first-packet takes heard, nak, silence/],
      [['--optical', '--faults', 'wrong-digest=1'], /knows drop.*not wrong-digest/],
      [['--profile', 'gen9'], /gen2, gen3, gen4/],
      [['--tcp', '70000'], /--tcp takes a number from 0 to 65535/],
      [['--seed', 'x'], /--seed/],
      [['--seed', ''], /--seed/],
      [['--faults', 'noise=0.1'], /knows drop.*not noise/],
      [['--faults', 'drop=2'], /--faults drop takes a number from 0 to 1/],
      [['--faults', 'drop'], /--faults drop/],
      [['--nonsense'], /nonsense/],
    ];
    for (const [args, message] of wrong) assert.throws(() => parseCommandLine(args), message);
  });

  it('prints how to connect, never a key that was given to it', async () => {
    const lines: string[] = [];
    const key = 'abcdefghijklmnopqrst';
    const running = await startSimulator(parseCommandLine(['--tcp', '0', '--mbk', key]), (line) => lines.push(line));
    const [one] = running.served;
    const session = sessionTo(one!, key);
    await session.open(EVENTS);
    assert.equal((await session.read(1, 0, 16)).length, 16);
    await session.close();
    await running.close();
    const text = lines.join('\n');
    assert.ok(text.includes(one!.address) && text.includes(running.meter.serial), text);
    assert.ok(!text.includes(key));
  });
});
