import { PASSWORD_BYTES } from '../optical/requests.js';
import type { OpticalKey } from './optical-rights.js';
import type { ProfileName } from './profiles.js';

/** The read-only key of simulated meters. */
export const DEMO_OPTICAL_KEY = 'NES-DEMO-RK-00000001';
const DEMO_KEYS: Readonly<Record<OpticalKey, string>> = {
  RK: DEMO_OPTICAL_KEY,
  PK: 'NES-DEMO-PK-00000001',
  MK: 'NES-DEMO-MK-00000001',
};

export const FIRST_PACKETS = ['answered', 'nak', 'silence'] as const;

/** Set-up of an optical port and of the optical head on it. All of it may be changed at any time. */
export interface OpticalBehaviour {
  /** 20 bytes each. */
  keys: Record<OpticalKey, Uint8Array>;
  /** Maximum that the port grants, overhead included; null: the port does not support negotiation. */
  negotiation: { readonly packetSize: number; readonly packetCount: number } | null;
  /**
   * The response to the first packet, which is lost while the UART is still switched to the MEP interface: both share it
   * on Gen2 and Gen3. With separate UARTs nothing is lost: `answered`. [OPT p.13-14]
   */
  firstPacket: (typeof FIRST_PACKETS)[number];
  /** A session ends after this time without a packet. */
  trafficTimeoutMs: number;
  /** A longer session is ended, and the port ignores everything for `holdOffMs`; null: never. [OPT p.15] */
  denialOfService: { readonly sessionMs: number; readonly holdOffMs: number } | null;
  /** After more wrong keys in a row than allowed, the port ignores everything for `minutes`; null: never. [MEP p.141] */
  lockout: { readonly allowed: number; readonly minutes: number } | null;
  /** The port is set to TLS: it refuses plain requests. [MEP p.194] */
  wantsTls: boolean;
  /** The optical head receives its own light: sent bytes are echoed at once. */
  echoes: boolean;
}

const COMMON = {
  trafficTimeoutMs: 6_000,
  denialOfService: { sessionMs: 600_000, holdOffMs: 300_000 },
  lockout: null,
  wantsTls: false,
  echoes: false,
};

const BEHAVIOURS: Readonly<Record<ProfileName, Omit<OpticalBehaviour, 'keys'>>> = {
  gen2: { ...COMMON, negotiation: { packetSize: 64, packetCount: 2 }, firstPacket: 'silence' },
  gen3: { ...COMMON, negotiation: { packetSize: 128, packetCount: 4 }, firstPacket: 'nak' },
  gen4: {
    ...COMMON,
    negotiation: { packetSize: 512, packetCount: 4 },
    firstPacket: 'answered',
    denialOfService: null,
  },
};

/** The usual behaviour of a generation; each call returns an object of its own. */
export function opticalBehaviour(profile: ProfileName, own: Partial<OpticalBehaviour> = {}): OpticalBehaviour {
  const keys = Object.fromEntries(
    Object.entries(DEMO_KEYS).map(([name, key]) => [name, new TextEncoder().encode(key)]),
  ) as Record<OpticalKey, Uint8Array>;
  return { keys, ...BEHAVIOURS[profile], ...own };
}

/** The C12.18 password of a key: short keys are padded with zeros. */
export function passwordOf(key: Uint8Array): Uint8Array {
  const password = new Uint8Array(PASSWORD_BYTES);
  password.set(key);
  return password;
}
