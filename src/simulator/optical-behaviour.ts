import { PASSWORD_BYTES } from '../optical/requests.js';
import type { OpticalKey } from './optical-rights.js';
import type { ProfileName } from './profiles.js';

/** The simulator's own read-only key: who uses a simulated meter need not have one. */
export const DEMO_OPTICAL_KEY = 'NES-DEMO-RK-00000001';
const DEMO_KEYS: Readonly<Record<OpticalKey, string>> = {
  RK: DEMO_OPTICAL_KEY,
  PK: 'NES-DEMO-PK-00000001',
  MK: 'NES-DEMO-MK-00000001',
};

export const FIRST_PACKETS = ['heard', 'nak', 'silence'] as const;

/** How a meter's optical port is set up, and what the head on it does. Any of it may be changed at any time. */
export interface OpticalBehaviour {
  /** 20 bytes each. */
  keys: Record<OpticalKey, Uint8Array>;
  /** The most the port grants, overhead included; null: it does not know the service. */
  negotiation: { readonly packetSize: number; readonly packetCount: number } | null;
  /**
   * What the port says to the first packet, which is lost while it still belongs to the MEP interface: both share a UART
   * on Gen2 and Gen3. `heard`: they are separate, and nothing is lost. [OPT p.13-14]
   */
  firstPacket: (typeof FIRST_PACKETS)[number];
  /** Without a packet for so long a session is over. */
  trafficTimeoutMs: number;
  /** A session that gets older is cut, and the port ignores everything for a while; null: never. [OPT p.15] */
  denialOfService: { readonly sessionMs: number; readonly holdOffMs: number } | null;
  /** After more wrong keys in a row than allowed, the port ignores everything for a while; null: never. [MEP p.141] */
  lockout: { readonly allowed: number; readonly minutes: number } | null;
  /** The port is set to TLS: it takes no plain request. [MEP p.194] */
  wantsTls: boolean;
  /** The head hears its own light: what is sent to the meter comes back at once. */
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
    firstPacket: 'heard',
    denialOfService: null,
  },
};

/** How ports of a generation mostly are; a behaviour of its own for each port. */
export function opticalBehaviour(profile: ProfileName, own: Partial<OpticalBehaviour> = {}): OpticalBehaviour {
  const keys = Object.fromEntries(
    Object.entries(DEMO_KEYS).map(([name, key]) => [name, new TextEncoder().encode(key)]),
  ) as Record<OpticalKey, Uint8Array>;
  return { keys, ...BEHAVIOURS[profile], ...own };
}

/** The password that a key is typed as: short ones are filled up with zeros. */
export function passwordOf(key: Uint8Array): Uint8Array {
  const password = new Uint8Array(PASSWORD_BYTES);
  password.set(key);
  return password;
}
