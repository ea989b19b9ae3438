import { FaultInjector, type FaultRates } from './faults.js';
import { type OpticalBehaviour, opticalBehaviour } from './optical-behaviour.js';
import { SimulatedOpticalPort } from './optical-port.js';
import type { ProfileName } from './profiles.js';
import { PROCESS_TIMING, type ServedMeter, servePty, serveTcp } from './serve.js';
import { SimulatedMeter } from './simulated-meter.js';
import type { CapturedTables } from './table-contents.js';

/** A simulated meter for other programs: what it is, how it behaves, and where it listens. */
export interface SimulationSettings {
  readonly profile: ProfileName;
  /** Default: a number that follows from the seed. */
  readonly serial?: string | undefined;
  readonly seed: number;
  /** Factor by which the household runs faster than the clock. */
  readonly speed: number;
  /** Answers take the time of a serial line with this rate; 0: none. */
  readonly baudRate: number;
  readonly isAlertRaised: boolean;
  readonly faults: FaultRates;
  /** 16 to 20 bytes; default `DEMO_KEY`. */
  readonly mbk?: Uint8Array | undefined;
  /** 16 to 20 bytes; default `DEMO_ADVANCED_KEY`. */
  readonly mak?: Uint8Array | undefined;
  /** The MEP port is set to TLS. */
  readonly wantsTls: boolean;
  /** Where the optical port differs from that of its generation; undefined: the MEP port is served. */
  readonly optical?: Partial<OpticalBehaviour> | undefined;
  /** Port 0: any free one. */
  readonly tcp?: { readonly host: string; readonly port: number } | undefined;
  /** Tables of a real meter in place of its own. */
  readonly captured?: CapturedTables | undefined;
  /** Path of the link to a pseudo terminal. */
  readonly pty?: string | undefined;
}

/** A simulated meter that is being served. */
export interface Simulation {
  readonly meter: SimulatedMeter;
  /** One for each place where it listens, the TCP port first. */
  readonly served: readonly ServedMeter[];
  /** Ends all connections and closes all ports. */
  close(): Promise<void>;
}

/**
 * Makes a simulated meter and serves one of its ports.
 * @throws TransportError `port-busy`, `port-failed`; nothing is left open then
 */
export async function startSimulation(settings: SimulationSettings): Promise<Simulation> {
  const { profile, seed, speed, serial, mbk, mak, wantsTls, tcp, pty } = settings;
  const meter = new SimulatedMeter({
    profile,
    seed,
    speed,
    wantsTls,
    ...(serial !== undefined && { serial }),
    ...(mbk && { mbk }),
    ...(mak && { mak }),
  });
  if (settings.captured) meter.become(settings.captured);
  meter.setAlert(settings.isAlertRaised);
  const options = {
    meter,
    optical: settings.optical && new SimulatedOpticalPort(meter, opticalBehaviour(profile, settings.optical)),
    timing: { ...PROCESS_TIMING, baudRate: settings.baudRate },
    faults: new FaultInjector(settings.faults, seed),
  };
  const served: ServedMeter[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(served.map((one) => one.close()));
  };
  try {
    if (tcp) served.push(await serveTcp({ ...options, ...tcp }));
    if (pty !== undefined) served.push(await servePty({ ...options, path: pty }));
  } catch (error) {
    await close();
    throw error;
  }
  return { meter, served, close };
}
