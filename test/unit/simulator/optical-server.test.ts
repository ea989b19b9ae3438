import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { encodePacket } from '../../../src/optical/packet.js';
import { FaultInjector, type FaultRates } from '../../../src/simulator/faults.js';
import { type OpticalBehaviour, opticalBehaviour } from '../../../src/simulator/optical-behaviour.js';
import { SimulatedOpticalPort } from '../../../src/simulator/optical-port.js';
import { OpticalServer } from '../../../src/simulator/optical-server.js';
import { Random } from '../../../src/simulator/random.js';
import { SimulatedMeter } from '../../../src/simulator/simulated-meter.js';
import { FakeClock } from '../../support/fake-clock.js';

const ACK = '06';
const NAK = '15';
const IDENTIFY = 'EE 00 00 00 00 01 20 13 10';
const IDENTIFIED = 'EE 00 00 00 00 05 00 00 01 00 00 C6 B5';
const NEGOTIATE = 'EE 00 20 00 00 05 61 00 40 02 06 24 E2';
const NEGOTIATED = 'EE 00 20 00 00 05 00 00 40 02 06 D3 48';
const LOGON = 'EE 00 00 00 00 0D 50 00 02 6E 6F 64 65 72 65 64 20 20 20 78 72';
const SECURITY = 'EE 00 20 00 00 15 51 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46 30 31 32 33 3F EC';
const OK_0 = 'EE 00 00 00 00 01 00 11 31';
const OK_1 = 'EE 00 20 00 00 01 00 80 51';
const READ_BT23 = 'EE 00 00 00 00 08 3F 00 17 00 00 00 00 08 B3 D9';
const BT23_READ = 'EE 00 00 00 00 0C 00 00 08 74 40 05 00 9F 1D 00 00 8B FD 4C';
const READ_BT28 = 'EE 00 20 00 00 08 3F 00 1C 00 00 00 00 28 24 FE';
const BT28_READ =
  'EE 00 20 00 00 2C 00 00 28 96 0A 00 00 00 00 00 00 00 00 00 00 39 02 00 00 F8 0C 00 00 DC 0C 00 00 ' +
  '90 19 00 00 27 70 03 00 EF 6F 03 00 76 70 03 00 AC BB 14';
const LOGOFF = 'EE 00 00 00 00 01 52 86 40';
const TERMINATE = 'EE 00 20 00 00 01 21 0B 61';
const NOT_ALLOWED_0 = 'EE 00 00 00 00 01 03 8A 03';
const NOT_ALLOWED_1 = 'EE 00 20 00 00 01 03 1B 63';

const KEY = new TextEncoder().encode('0123456789ABCDEF0123');
const OTHER = new Uint8Array(20).fill(1);
const bytesOf = (hex: string): Uint8Array => fromHex(hex)!;
/** A message of one packet. */
const packet = (toggle: 0 | 1, data: string): string =>
  toHex(encodePacket({ isMultiPacket: false, isFirst: false, toggle: toggle === 1, sequence: 0, data: bytesOf(data) }));

/** The port of a meter with recorded answers of a real one; received bytes are hex, one line for each transmission. */
function port(behaviour: Partial<OpticalBehaviour> = {}, faults: FaultRates = {}) {
  const clock = new FakeClock();
  const meter = new SimulatedMeter({ clock });
  meter.setImage(23, bytesOf('74 40 05 00 9F 1D 00 00'));
  meter.setImage(28, bytesOf(BT28_READ).subarray(9, 49));
  const optical = new SimulatedOpticalPort(
    meter,
    opticalBehaviour('gen4', { keys: { RK: KEY, PK: OTHER, MK: OTHER }, ...behaviour }),
  );
  const sent: { at: number; hex: string }[] = [];
  const server = new OpticalServer({
    port: optical,
    clock,
    timing: { answerDelayMs: 10, baudRate: 0 },
    faults: new FaultInjector(faults),
    send: (bytes) => sent.push({ at: clock.now(), hex: toHex(bytes) }),
  });
  const takeSent = (): string[] => sent.splice(0).map(({ hex }) => hex);
  /** Sends bytes, and returns what the meter sends within 20 ms. */
  const send = async (hex: string): Promise<string[]> => {
    server.receive(bytesOf(hex));
    await clock.advance(20);
    return takeSent();
  };
  /** Sends a request, asserts the answer and acknowledges it. */
  const ask = async (request: string, answer: string): Promise<void> => {
    assert.deepEqual(await send(request), [ACK, answer]);
    assert.deepEqual(await send(ACK), []);
  };
  const logOn = async (): Promise<void> => {
    await ask(IDENTIFY, IDENTIFIED);
    await ask(NEGOTIATE, NEGOTIATED);
    await ask(LOGON, OK_0);
  };
  return { clock, meter, optical, server, sent, takeSent, send, ask, logOn };
}

describe('simulator: a session on the optical line', () => {
  it('goes as recorded, byte by byte', async () => {
    const { ask, logOn, optical, server, clock } = port();
    await logOn();
    await ask(SECURITY, OK_1);
    await ask(READ_BT23, BT23_READ);
    await ask(READ_BT28, BT28_READ);
    await ask(LOGOFF, OK_0);
    await ask(TERMINATE, OK_1);
    assert.deepEqual(optical.counters, { sessions: 1, terminations: 1, reads: 2, writes: 0, wrongKeys: 0 });
    server.stop();
    assert.equal(clock.pendingTimers, 0);
  });

  it('goes as recorded with a wrong key', async () => {
    const { ask, logOn } = port({ keys: { RK: OTHER, PK: OTHER, MK: OTHER } });
    await logOn();
    await ask(SECURITY, NOT_ALLOWED_1);
    await ask(READ_BT23, NOT_ALLOWED_0);
  });

  it('begins anew after its end, with the same bytes', async () => {
    const { ask, logOn } = port();
    await logOn();
    await ask('EE 00 20 00 00 01 21 0B 61', OK_1);
    await logOn();
  });

  it('takes a packet in single bytes, and gives it up after 500 ms of silence in it', async () => {
    const { server, clock, takeSent, ask } = port();
    for (const byte of bytesOf(IDENTIFY)) {
      await clock.advance(400);
      server.receive(Uint8Array.of(byte));
    }
    await clock.advance(20);
    assert.deepEqual(takeSent(), [ACK, IDENTIFIED]);
    server.receive(bytesOf(ACK));
    server.receive(bytesOf(NEGOTIATE).subarray(0, 7));
    await clock.advance(499);
    assert.deepEqual(takeSent(), []);
    await clock.advance(1);
    assert.deepEqual(takeSent(), [NAK]);
    await ask(NEGOTIATE, NEGOTIATED);
  });

  it('refuses a packet with a wrong CRC, once, and accepts it when it comes again', async () => {
    const { send, ask } = port();
    assert.deepEqual(await send('EE 00 00 00 00 01 20 13 11'), [NAK]);
    await ask(IDENTIFY, IDENTIFIED);
  });

  it('acknowledges a repeated packet and does nothing else', async () => {
    const { send, ask, optical } = port();
    await ask(IDENTIFY, IDENTIFIED);
    assert.deepEqual(await send(IDENTIFY), [ACK]);
    await ask(NEGOTIATE, NEGOTIATED);
    assert.equal(optical.counters.sessions, 1);
  });

  it('repeats a response refused or not acknowledged within 2 s, at most 3 times', async () => {
    const { send, clock, sent, takeSent, ask } = port();
    assert.deepEqual(await send(IDENTIFY), [ACK, IDENTIFIED]);
    assert.deepEqual(await send(NAK), [IDENTIFIED]);
    const before = clock.now();
    await clock.advance(20_000);
    assert.deepEqual(
      sent.map(({ at }) => at - before + 20),
      [2_000, 4_000],
    );
    assert.deepEqual(takeSent(), [IDENTIFIED, IDENTIFIED]);
    await ask(IDENTIFY, IDENTIFIED);
  });

  it('has no answer to give any more when something new is asked', async () => {
    const { send, ask, clock, takeSent } = port();
    assert.deepEqual(await send(IDENTIFY), [ACK, IDENTIFIED]);
    await ask(NEGOTIATE, NEGOTIATED);
    await clock.advance(5_000);
    assert.deepEqual(takeSent(), []);
  });

  it('is over 6 s after the last packet, unless asked to wait', async () => {
    const { ask, clock } = port();
    await ask(IDENTIFY, IDENTIFIED);
    await clock.advance(5_900);
    await ask(NEGOTIATE, NEGOTIATED);
    await ask('EE 00 00 00 00 02 70 1E 1E 17', OK_0);
    await clock.advance(29_900);
    await ask(packet(1, '50 00 02 6E 6F 64 65 72 65 64 20 20 20'), OK_1);
    await clock.advance(5_900);
    await ask(packet(0, '70 01'), OK_0);
    await clock.advance(6_100);
    await ask(IDENTIFY, IDENTIFIED);
  });

  it('responds in several packets, each acknowledged separately, up to the negotiated', async () => {
    const { send, ask, logOn, meter, clock, takeSent } = port({ negotiation: { packetSize: 64, packetCount: 2 } });
    await logOn();
    await ask(SECURITY, OK_1);
    const table = Uint8Array.from({ length: 109 }, (_, index) => index);
    meter.setImage(23, table.subarray(0, 60));
    const [acknowledged, first] = await send(packet(0, '30 00 17'));
    assert.equal(acknowledged, ACK);
    const digits = toHex(table);
    assert.equal(first, `EE 00 C0 01 00 38 00 00 3C ${digits.slice(0, 53 * 3 - 1)} F1 1E`);
    assert.deepEqual(await send(NAK), [first]);
    const second = `EE 00 A0 00 00 08 ${digits.slice(53 * 3, 60 * 3 - 1)} 16 B6 14`;
    assert.deepEqual(await send(ACK), [second]);
    await clock.advance(2_000);
    assert.deepEqual(takeSent(), [second], 'only what was not acknowledged comes again');
    assert.deepEqual(await send(ACK), []);
    meter.setImage(23, table.subarray(0, 108));
    assert.match((await send(packet(1, '30 00 17')))[1]!, /^EE 00 C0 01 00 38 00 00 6C/);
    meter.setImage(23, table);
    await ask(packet(0, '30 00 17'), packet(0, '04'));
  });

  it('takes a message of several packets', async () => {
    const { send, ask, logOn, meter } = port({ keys: { RK: OTHER, PK: OTHER, MK: KEY } });
    await logOn();
    await ask(SECURITY, OK_1);
    const written = new Uint8Array(60).fill(7);
    const message = bytesOf(`40 08 32 00 3C ${toHex(written)} ${((-60 * 7) & 0xff).toString(16)}`);
    const pieces = [message.subarray(0, 56), message.subarray(56)].map((data, index) =>
      toHex(
        encodePacket({ isMultiPacket: true, isFirst: index === 0, toggle: index === 1, sequence: 1 - index, data }),
      ),
    );
    assert.deepEqual(await send(pieces[0]!), [ACK]);
    await ask(pieces[1]!, OK_0);
    assert.deepEqual(meter.image(0x0832)!.subarray(0, 60), written);
  });
});

describe('simulator: manners of an optical port', () => {
  it('grants less than is asked for, or does not negotiate', async () => {
    const modest = port({ negotiation: { packetSize: 128, packetCount: 1 } });
    await modest.ask(IDENTIFY, IDENTIFIED);
    await modest.ask('EE 00 00 00 00 05 61 02 00 02 06 1D 2A', packet(1, '00 00 80 01 06'));
    const unable = port({ negotiation: null });
    await unable.ask(IDENTIFY, IDENTIFIED);
    await unable.ask(NEGOTIATE, packet(1, '02'));
    await unable.ask(LOGON, OK_0);
    await unable.ask(SECURITY, OK_1);
    await unable.ask(packet(0, '3F 00 17 00 00 00 00 35'), packet(0, '04'));
    assert.match((await unable.send(packet(1, '3F 00 17 00 00 00 00 34')))[1]!, /^EE 00 20 00 00 38 00 00 34/);
  });

  it('loses the first packet where it shares its UART with the deaf MEP interface', async () => {
    const refusing = port({ firstPacket: 'nak' });
    assert.deepEqual(await refusing.send(IDENTIFY), [NAK]);
    assert.equal(refusing.meter.isListening, false);
    await refusing.logOn();
    await refusing.ask(TERMINATE, OK_1);
    assert.equal(refusing.meter.isListening, true);
    assert.deepEqual(await refusing.send(IDENTIFY), [NAK]);
    await refusing.ask(IDENTIFY, IDENTIFIED);
    await refusing.clock.advance(6_100);
    assert.equal(refusing.meter.isListening, true);

    const silent = port({ firstPacket: 'silence' });
    assert.deepEqual(await silent.send(IDENTIFY), []);
    await silent.ask(IDENTIFY, IDENTIFIED);
  });

  it('cuts a session that is too old, and ignores everything for a while', async () => {
    const { ask, send, logOn, clock } = port({ denialOfService: { sessionMs: 10_000, holdOffMs: 5_000 } });
    await logOn();
    for (const toggle of [1, 0] as const) {
      await clock.advance(4_000);
      await ask(packet(toggle, '70 01'), packet(toggle, '00'));
    }
    await clock.advance(3_000);
    assert.deepEqual(await send(packet(1, '70 01')), []);
    await clock.advance(4_900);
    assert.deepEqual(await send(IDENTIFY), []);
    await clock.advance(100);
    await ask(IDENTIFY, IDENTIFIED);
  });

  it('sends nothing without power', async () => {
    const { send, meter, ask } = port();
    meter.powerOff();
    assert.deepEqual(await send(IDENTIFY), []);
    meter.powerOn();
    await ask(IDENTIFY, IDENTIFIED);
  });

  it('sends back what it receives where the head echoes', async () => {
    const { send } = port({ echoes: true });
    assert.deepEqual(await send(IDENTIFY), [IDENTIFY, ACK, IDENTIFIED]);
    assert.deepEqual(await send(ACK), [ACK]);
  });

  it('refuses everything where it is set to TLS', async () => {
    const { ask } = port({ wantsTls: true });
    await ask(IDENTIFY, packet(0, '0A'));
  });
});

describe('simulator: faults of an optical line', () => {
  const FIRST: [FaultRates, RegExp[]][] = [
    [{ refused: 1 }, [/^15$/]],
    [{ busy: 1 }, [/^06$/, /^EE 00 00 00 00 01 06 /]],
    [{ 'lost-session': 1 }, [/^06$/, /^EE 00 00 00 00 01 0A/]],
    [{ 'wrong-checksum': 1 }, [/^06$/, /^EE 00 00 00 00 05 00 00 01 00 5A/]],
    [{ 'mep-answer': 1 }, [/^06$/, /^00 [0-9A-F ]{20,}$/, /^EE 00 00 00 00 05 00 00 01 00 00 C6 B5$/]],
  ];
  for (const [rates, expected] of FIRST) {
    it(`${Object.keys(rates).join()} changes the bytes sent`, async () => {
      const received = await port({}, rates).send(IDENTIFY);
      assert.equal(received.length, expected.length, received.join('; '));
      for (const [index, pattern] of expected.entries()) assert.match(received[index]!, pattern);
    });
  }
});

describe('simulator: rubbish on an optical line', () => {
  it('breaks nothing, and changes nothing in the meter', async () => {
    const { server, clock, optical, takeSent, ask } = port({ keys: { RK: OTHER, PK: OTHER, MK: KEY } });
    const random = new Random(3);
    const spoilt = (hex: string): Uint8Array => {
      const bytes = bytesOf(hex);
      bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 0xff);
      return random.chance(0.2) ? bytes.subarray(0, random.integer(0, bytes.length)) : bytes;
    };
    const SENT = [IDENTIFY, NEGOTIATE, LOGON, SECURITY, READ_BT23, READ_BT28, LOGOFF, TERMINATE, ACK, NAK];
    for (let round = 0; round < 1_500; round++) {
      const [choice, sent] = [random.next(), SENT[random.integer(0, SENT.length - 1)]!];
      server.receive(choice < 0.4 ? bytesOf(sent) : choice < 0.8 ? spoilt(sent) : random.bytes(random.integer(1, 40)));
      await clock.advance(random.chance(0.02) ? 7_000 : random.integer(0, 30));
    }
    assert.ok(takeSent().length > 300);
    assert.deepEqual([optical.counters.writes, optical.counters.wrongKeys], [0, 0]);
    await clock.advance(10_000);
    takeSent();
    await ask(IDENTIFY, IDENTIFIED);
    server.stop();
    assert.equal(clock.pendingTimers, 0);
  });
});
