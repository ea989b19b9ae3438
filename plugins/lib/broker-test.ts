import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connectAnswer, connectPacket, disconnectPacket, type MqttAnswer } from '../../src/internal.js';

export interface BrokerSettings {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly user: string;
  readonly password: string;
}

/** Why a broker cannot be used; the set-up assistant has a text for each. */
export type BrokerFault =
  Exclude<MqttAnswer, 'accepted'> | 'unknown-host' | 'no-connection' | 'no-answer' | 'certificate';

export type BrokerResult = { readonly ok: true } | { readonly ok: false; readonly fault: BrokerFault };

const TIMEOUT_MS = 8_000;
/** Longest text of a packet's field. */
const MAX_RECEIVED = 64;

/** Connects to a broker as Node-RED would, and leaves at once. */
export function testBroker(
  { host, port, isTls, user, password }: BrokerSettings,
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<BrokerResult> {
  return new Promise((resolve) => {
    // A server with several names needs the one that is meant; an address is no server name [RFC 6066 section 3].
    const serverName = isIP(host) === 0 ? { servername: host } : {};
    const socket: Socket = isTls ? connectTls({ host, port, ...serverName }) : connectPlain({ host, port });
    const end = (result: BrokerResult): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(result);
    };
    const fail = (fault: BrokerFault): void => {
      end({ ok: false, fault });
    };
    const stop = (): void => {
      fail('no-answer');
    };
    signal.addEventListener('abort', stop);
    let received = new Uint8Array();
    let isConnected = false;
    socket.setTimeout(timeoutMs, () => {
      fail(isConnected ? 'no-answer' : 'no-connection');
    });
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on(isTls ? 'secureConnect' : 'connect', () => {
      socket.write(connectPacket({ clientId: `nes-meter-test-${port}-${process.pid}`, user, password }));
    });
    socket.on('data', (chunk: Uint8Array) => {
      received = Uint8Array.from([...received, ...chunk.subarray(0, MAX_RECEIVED)]);
      const answer = connectAnswer(received);
      if (answer === undefined) return;
      if (answer !== 'accepted') {
        fail(answer);
        return;
      }
      socket.end(disconnectPacket());
      resolve({ ok: true });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fail(faultOf(error.code ?? ''));
    });
    // A broker that takes no plain connection, or no client at all, closes without an answer.
    socket.on('close', () => {
      fail(isConnected ? 'not-mqtt' : 'no-connection');
    });
  });
}

function faultOf(code: string): BrokerFault {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknown-host';
  if (/CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code)) return 'certificate';
  if (/SSL|EPROTO|ECONNRESET/.test(code)) return 'not-mqtt';
  return 'no-connection';
}
