/** A simulated meter for other programs: on a TCP port, on a pseudo terminal, or both. See `--help`. */
import { parseArgs } from 'node:util';
import { parseAccessKey } from '../src/bytes/access-key.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  type Fault,
  FaultInjector,
  type FaultRates,
  FAULTS,
  type OpticalConduct,
  opticalConduct,
  OPTICAL_FAULTS,
  OpticalPort,
  PROCESS_TIMING,
  PROFILES,
  type ProfileName,
  type ServedMeter,
  servePty,
  serveTcp,
  SimulatedMeter,
} from '../src/simulator/index.js';

const DEFAULT_TCP_PORT = 2000;
const FIRST_PACKET = ['heard', 'nak', 'silence'] as const;

export const HELP = `A simulated NES electricity meter, to connect to as if it were one.

  npm run simulator -- [options]

  --tcp PORT        serve it on this TCP port (default ${DEFAULT_TCP_PORT} when no --pty is given)
  --host ADDRESS    address to listen on (default 127.0.0.1; 0.0.0.0 for other machines)
  --pty PATH        serve it as a serial port, linked at PATH (needs socat)
  --profile NAME    ${PROFILES.join(', ')} (default gen3)
  --mbk KEY         the key it takes: 16 to 20 characters, or 32 or 40 hex digits (default ${DEMO_KEY})
  --mak KEY         the key for advanced access (default: 16 bytes of 01)
  --serial TEXT     its serial number
  --seed NUMBER     which house it measures (default 1)
  --speed NUMBER    how much faster than the clock the house lives (default 1)
  --baud NUMBER     take the time that a serial line of this rate takes (default 0: none)
  --alert           raise the alert, once a second
  --wants-tls       the port is set to TLS; the optical one refuses everything then
  --faults LIST     what goes wrong and how often, e.g. drop=0.05,corrupt=0.1; any of
                    ${FAULTS.join(', ')}

  --optical         serve its optical port instead of its MEP port; with that:
  --rk KEY          the read-only key it takes (default ${DEMO_OPTICAL_KEY})
  --mk KEY          the unique key it takes, which may write
  --packets LIMIT   the most it grants: bytes of a packet x packets, e.g. 64x2; or none: it does not negotiate
  --first-packet X  what it says to the first one: ${FIRST_PACKET.join(', ')} (default as the generation does)
  --session LIMIT   seconds after which it cuts a session / seconds it is deaf then, e.g. 600/300; or none
  --lockout LIMIT   wrong keys in a row it allows / minutes it is deaf then, e.g. 3/10 (default none)
  --echo            the head hears its own light
  --faults LIST     as above; any of
                    ${OPTICAL_FAULTS.join(', ')}

  --help            this text

Ctrl-C ends it.`;

/** What the command line asks for. */
export interface SimulatorCommand {
  readonly isHelp: boolean;
  readonly tcpPort: number | undefined;
  readonly host: string;
  readonly pty: string | undefined;
  readonly profile: ProfileName;
  readonly mbk: string | undefined;
  readonly mak: string | undefined;
  readonly rk: string | undefined;
  readonly serial: string | undefined;
  readonly seed: number;
  readonly speed: number;
  readonly baud: number;
  readonly isAlertRaised: boolean;
  readonly wantsTls: boolean;
  readonly faults: FaultRates;
  /** Where the optical port differs from that of its generation; undefined: the MEP port is served. */
  readonly optical: Partial<OpticalConduct> | undefined;
}

const text = { type: 'string' } as const;
const OPTICAL_OPTIONS = {
  rk: text,
  mk: text,
  packets: text,
  'first-packet': text,
  session: text,
  lockout: text,
  echo: { type: 'boolean' },
} as const;

/** @throws Error with a sentence for people when the command line cannot be right. */
export function parseCommandLine(args: readonly string[]): SimulatorCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tcp: text,
      host: text,
      pty: text,
      profile: text,
      mbk: text,
      mak: text,
      serial: text,
      seed: text,
      speed: text,
      baud: text,
      faults: text,
      alert: { type: 'boolean' },
      'wants-tls': { type: 'boolean' },
      optical: { type: 'boolean' },
      ...OPTICAL_OPTIONS,
      help: { type: 'boolean', short: 'h' },
    },
  });
  const profile = PROFILES.find((name) => name === (values.profile ?? 'gen3'));
  if (!profile) throw new Error(`--profile takes ${PROFILES.join(', ')}`);
  const isOptical = values.optical ?? false;
  const misplaced = Object.keys(OPTICAL_OPTIONS).find((name) => !isOptical && name in values);
  if (misplaced !== undefined) throw new Error(`--${misplaced} needs --optical`);
  const tcpPort = values.tcp ?? (values.pty === undefined ? String(DEFAULT_TCP_PORT) : undefined);
  return {
    isHelp: values.help ?? false,
    tcpPort: tcpPort === undefined ? undefined : numberOf('--tcp', tcpPort, 0, 0xffff),
    host: values.host ?? '127.0.0.1',
    pty: values.pty,
    profile,
    mbk: values.mbk,
    mak: values.mak,
    rk: values.rk,
    serial: values.serial,
    seed: numberOf('--seed', values.seed ?? '1', -0x80000000, 0x7fffffff),
    speed: numberOf('--speed', values.speed ?? '1', 0, 100_000),
    baud: numberOf('--baud', values.baud ?? '0', 0, 115_200),
    isAlertRaised: values.alert ?? false,
    wantsTls: values['wants-tls'] ?? false,
    faults: parseFaults(values.faults ?? '', isOptical ? OPTICAL_FAULTS : FAULTS),
    optical: isOptical ? parseConduct(profile, values) : undefined,
  };
}

/** What parseArgs found of the options of the optical port. */
type OpticalValues = { 'wants-tls'?: boolean } & {
  [Name in keyof typeof OPTICAL_OPTIONS]?: (typeof OPTICAL_OPTIONS)[Name] extends { type: 'string' } ? string : boolean;
};

function parseConduct(profile: ProfileName, values: OpticalValues): Partial<OpticalConduct> {
  const { keys, ...usual } = opticalConduct(profile);
  const firstPacket = FIRST_PACKET.find((name) => name === (values['first-packet'] ?? usual.firstPacket));
  if (!firstPacket) throw new Error(`--first-packet takes ${FIRST_PACKET.join(', ')}`);
  const packets = limitOf('--packets', values.packets, 'x', [64, 0x1fff], [1, 0xff]);
  const session = limitOf('--session', values.session, '/', [1, 0xffff], [0, 0xffff]);
  const lockout = limitOf('--lockout', values.lockout, '/', [0, 0xff], [1, 0xff]);
  return {
    keys: {
      ...keys,
      ...(values.rk !== undefined && { RK: parseAccessKey(values.rk) }),
      ...(values.mk !== undefined && { MK: parseAccessKey(values.mk) }),
    },
    firstPacket,
    ...(packets !== undefined && { negotiation: packets && { packetSize: packets[0], packetCount: packets[1] } }),
    ...(session !== undefined && {
      denialOfService: session && { sessionMs: session[0] * 1_000, holdOffMs: session[1] * 1_000 },
    }),
    ...(lockout !== undefined && { lockout: lockout && { allowed: lockout[0], minutes: lockout[1] } }),
    echoes: values.echo ?? false,
    wantsTls: values['wants-tls'] ?? false,
  };
}

type Range = readonly [low: number, high: number];

/** Two numbers of an option; null for `none`, undefined when it is not given. */
function limitOf(
  option: string,
  given: string | undefined,
  separator: string,
  first: Range,
  second: Range,
): [number, number] | null | undefined {
  if (given === undefined) return undefined;
  if (given === 'none') return null;
  const [left = '', right = ''] = given.split(separator);
  return [numberOf(option, left, ...first), numberOf(option, right, ...second)];
}

function numberOf(option: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high)) throw new Error(`${option} takes a number from ${low} to ${high}`);
  return value;
}

function parseFaults(list: string, known: readonly Fault[]): FaultRates {
  const rates: Partial<Record<Fault, number>> = {};
  for (const part of list.split(',').filter((entry) => entry.trim() !== '')) {
    const [name = '', rate = ''] = part.split('=').map((side) => side.trim());
    const fault = known.find((one) => one === name);
    if (!fault) throw new Error(`--faults knows ${known.join(', ')}; not ${name}`);
    rates[fault] = numberOf(`--faults ${fault}`, rate, 0, 1);
  }
  return rates;
}

/** Starts what the command asks for; `print` gets the lines that say how to connect. */
export async function startSimulator(
  command: SimulatorCommand,
  print: (line: string) => void,
): Promise<{ meter: SimulatedMeter; served: ServedMeter[]; close: () => Promise<void> }> {
  const { profile, seed, speed, serial } = command;
  const meter = new SimulatedMeter({
    profile,
    seed,
    speed,
    wantsTls: command.wantsTls,
    ...(serial === undefined ? {} : { serial }),
    ...(command.mbk === undefined ? {} : { mbk: parseAccessKey(command.mbk) }),
    ...(command.mak === undefined ? {} : { mak: parseAccessKey(command.mak) }),
  });
  meter.setAlert(command.isAlertRaised);
  const options = {
    meter,
    optical: command.optical && new OpticalPort(meter, opticalConduct(profile, command.optical)),
    timing: { ...PROCESS_TIMING, baudRate: command.baud },
    faults: new FaultInjector(command.faults, seed),
  };
  const served: ServedMeter[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(served.map((one) => one.close()));
  };
  const [major, minor, build] = meter.personality.firmware;
  print(`Simulated meter ${meter.serial}: ${meter.personality.manufacturer} ${meter.personality.model}`);
  print(`  firmware ${major}.${String(minor).padStart(2, '0')}.${String(build).padStart(2, '0')} (${profile})`);
  try {
    if (command.tcpPort !== undefined) {
      served.push(await serveTcp({ ...options, host: command.host, port: command.tcpPort }));
      print(`  TCP ${served.at(-1)?.address ?? ''}: transport TCP, this host and port`);
    }
    if (command.pty !== undefined) {
      served.push(await servePty({ ...options, path: command.pty }));
      print(`  serial port ${command.pty}: transport serial, this path, any baud rate`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [givenKey, demoKey] = command.optical ? [command.rk, DEMO_OPTICAL_KEY] : [command.mbk, DEMO_KEY];
  if (command.optical) print('  protocol optical');
  else if (command.wantsTls) print('  security TLS');
  print(`  key ${givenKey === undefined ? demoKey : '(the one you gave)'}`);
  print('Ctrl-C ends it.');
  return { meter, served, close };
}

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2));
  if (command.isHelp) {
    console.log(HELP);
    return;
  }
  const { close } = await startSimulator(command, console.log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void close();
    });
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
