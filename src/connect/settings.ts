import type { KeyFormat } from './access-key.js';
import { UsageError } from '../errors.js';
import type { SessionMode } from '../optical/session-policy.js';
import type { ModemLineSetting } from '../transport/index.js';

/** The protocol of a port: the MEP port or the optical port. */
export type Protocol = 'mep' | 'optical';
export const PROTOCOLS = ['mep', 'optical'] as const satisfies readonly Protocol[];

/** How messages of a MEP port are protected. [MEP p.8-11] */
export type Security = 'digest' | 'rc4' | 'tls';
export const SECURITIES = ['digest', 'rc4', 'tls'] as const satisfies readonly Security[];

/** The packet sizes that may be asked for at the optical port, overhead included. */
export const PACKET_SIZES = [64, 128, 256, 512] as const;

/** The generation of the simulated meter. */
export type SimulatorProfile = 'gen2' | 'gen3' | 'gen4';
export const SIMULATOR_PROFILES = ['gen2', 'gen3', 'gen4'] as const satisfies readonly SimulatorProfile[];

/** The settings of a connection. Only those that the chosen transport and protocol use need to be valid. */
export interface MeterSettings {
  readonly protocol: Protocol;
  readonly transport: 'serial' | 'tcp' | 'simulator';
  /** Path of the serial port; a /dev/serial/by-id link survives replugging. */
  readonly port?: string;
  readonly baudRate?: number;
  readonly dtr?: ModemLineSetting;
  readonly rts?: ModemLineSetting;
  readonly host?: string;
  readonly tcpPort?: number;
  /** Of the MEP port; the optical port has none of them. */
  readonly security: Security;
  readonly keyFormat?: KeyFormat;
  /** MBK of the MEP port, or a key of the optical port (usually the read-only one), as the grid company gave it. */
  readonly key?: string;
  /** MAK; used where no MBK was given. */
  readonly advancedKey?: string;
  /** From one table read to the next, in ms; default 1000. */
  readonly minIntervalMs?: number;
  readonly profile?: SimulatorProfile;
  /** Optical port: the largest packets to ask for, in bytes; default 64, which every meter grants. */
  readonly packetSize?: number;
  /** Optical port: the most packets of an answer to ask for; default 2. */
  readonly packetCount?: number;
  /** Optical port: the user id that the meter's event log records, 0 to 65532; default 1. [OPT p.52] */
  readonly userId?: number;
  /** Optical port: whether each poll has a session of its own; default `auto`. */
  readonly sessionMode?: SessionMode;
  /** Whether tables may be written and procedures run; default no. A MAK that was given is then used for everything. */
  readonly allowWrites?: boolean;
  /** Whether that includes what can switch the power off, close a port or change what is billed; default no. */
  readonly allowDangerousWrites?: boolean;
}

/** The error for an invalid setting. Its text contains the value, which must not be a secret. */
export function unusableSetting(setting: string, value: string | number): UsageError {
  return new UsageError('bad-setting', `The setting ${setting} cannot be ${JSON.stringify(value)}`, {
    values: { setting, value },
  });
}
