import type { Random } from '../../src/simulator/random.js';
import type { SimulatedMeter } from '../../src/simulator/index.js';
import type { BridgeMode } from './bridge.js';
import type { BridgeProcess } from './processes.js';

/** One meter and the bridge between it and Node-RED. */
export interface Branch {
  readonly meter: SimulatedMeter;
  readonly bridge: BridgeProcess;
}

/** The processes that troubles act on. */
export interface Stage {
  readonly branches: readonly Branch[];
  killBroker(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  startBroker(): Promise<void>;
  killNodeRed(): Promise<void>;
  startNodeRed(): Promise<void>;
  redeploy(): Promise<void>;
}

/** A fault that lasts for a while. */
export interface Trouble {
  readonly name: string;
  /** Minimum and maximum duration in seconds. */
  readonly lasts: readonly [min: number, max: number];
  begin(stage: Stage, random: Random): Promise<void>;
  end(stage: Stage): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();
const each = async (stage: Stage, work: (branch: Branch) => Promise<void> | void): Promise<void> => {
  await Promise.all(stage.branches.map(async (branch) => work(branch)));
};

const inMode = (mode: BridgeMode, lasts: Trouble['lasts']): Trouble => ({
  name: `bridge ${mode}`,
  lasts,
  begin: (stage) => each(stage, ({ bridge }) => bridge.setMode(mode)),
  end: (stage) => each(stage, ({ bridge }) => bridge.setMode('clean')),
});

const brokerDown = (name: string, signal: 'SIGKILL' | 'SIGTERM'): Trouble => ({
  name,
  lasts: [0.5, 9],
  begin: (stage) => stage.killBroker(signal),
  end: (stage) => stage.startBroker(),
});

/** Long enough for a meter to be reported as offline. */
export const POWER_CUT: Trouble = {
  name: 'power cut',
  lasts: [11, 18],
  begin: (stage) =>
    each(stage, ({ meter }) => {
      meter.powerOff();
    }),
  end: (stage) =>
    each(stage, ({ meter }) => {
      meter.powerOn();
    }),
};

/** All faults, of the network and of processes. */
export const TROUBLES: readonly Trouble[] = [
  inMode('noisy', [6, 15]),
  inMode('slow', [5, 10]),
  inMode('half-open', [10, 18]),
  inMode('rubbish', [4, 10]),
  inMode('refusing', [3, 16]),
  { name: 'connection cut', lasts: [0, 1], begin: (stage) => each(stage, ({ bridge }) => bridge.cut()), end: nothing },
  {
    name: 'bridge killed',
    lasts: [1, 9],
    begin: (stage) => each(stage, ({ bridge }) => bridge.kill()),
    end: (stage) => each(stage, ({ bridge }) => bridge.start()),
  },
  brokerDown('broker killed', 'SIGKILL'),
  brokerDown('broker restarted', 'SIGTERM'),
  {
    name: 'Node-RED killed',
    lasts: [0, 7],
    begin: (stage) => stage.killNodeRed(),
    end: (stage) => stage.startNodeRed(),
  },
  { name: 'deployed anew', lasts: [0, 1], begin: (stage) => stage.redeploy(), end: nothing },
  POWER_CUT,
  {
    name: 'sequence jumps',
    lasts: [0, 2],
    begin: (stage, random) =>
      each(stage, ({ meter }) => {
        meter.jumpSequence(random.integer(1, 2 ** 31));
      }),
    end: nothing,
  },
  {
    name: 'alerts',
    lasts: [5, 12],
    begin: (stage) =>
      each(stage, ({ meter }) => {
        meter.setAlert(true);
      }),
    end: (stage) =>
      each(stage, ({ meter }) => {
        meter.setAlert(false);
      }),
  },
];
