/** The first exchange of MQTT 3.1.1: whether a broker lets a client in. [MQTT 3.1.1, sections 3.1 and 3.2] */

const CONNECT = 0x10;
const CONNACK = 0x20;
const DISCONNECT = 0xe0;
const PROTOCOL = 'MQTT';
const LEVEL = 4;
const CLEAN_SESSION = 0x02;
const HAS_PASSWORD = 0x40;
const HAS_USER = 0x80;
const KEEP_ALIVE_S = 10;
const CONNACK_BYTES = 4;

export interface MqttLogin {
  readonly clientId: string;
  /** Empty: no login. */
  readonly user: string;
  readonly password: string;
}

/** What a broker answers. */
export type MqttAnswer = 'accepted' | 'login-refused' | 'not-authorised' | 'refused' | 'not-mqtt';

/** The packet with which a client introduces itself. */
export function connectPacket({ clientId, user, password }: MqttLogin): Uint8Array {
  const hasUser = user !== '';
  const flags = CLEAN_SESSION | (hasUser ? HAS_USER | HAS_PASSWORD : 0);
  const body = [
    ...text(PROTOCOL),
    LEVEL,
    flags,
    ...bigEndian(KEEP_ALIVE_S),
    ...text(clientId),
    ...(hasUser ? [...text(user), ...text(password)] : []),
  ];
  return Uint8Array.from([CONNECT, ...remainingLength(body.length), ...body]);
}

/** The packet with which a client takes its leave, so that no broker reports it as lost. */
export function disconnectPacket(): Uint8Array {
  return Uint8Array.from([DISCONNECT, 0]);
}

/** What the bytes received so far say; undefined until there are enough of them. */
export function connectAnswer(received: Uint8Array): MqttAnswer | undefined {
  const [type, , , code] = received;
  if (type === undefined) return undefined;
  if (type !== CONNACK) return 'not-mqtt';
  if (received.length < CONNACK_BYTES) return undefined;
  switch (code) {
    case 0:
      return 'accepted';
    case 4:
      return 'login-refused';
    case 5:
      return 'not-authorised';
    default:
      return 'refused';
  }
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...bigEndian(bytes.length), ...bytes];
}

function bigEndian(value: number): number[] {
  return [value >> 8, value & 0xff];
}

/** Seven bits a byte, the lowest first. */
function remainingLength(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...remainingLength(length >> 7)];
}
