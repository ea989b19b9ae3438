/** A serial-to-network bridge with faults: carries bytes between Node-RED and a meter in one of several modes. */
import { Random } from '../../src/simulator/random.js';
import { TcpBridge } from '../support/line/tcp-bridge.js';

/** The modes of the bridge. */
export const MODES = [
  /** Passes everything on. */
  'clean',
  /** Drops, garbles, delays and inserts bytes, and sometimes ends a connection. */
  'noisy',
  /** Delays everything by seconds. */
  'slow',
  /** Drops everything on present and new connections without ending them. */
  'half-open',
  /** Sends rubbish continuously. */
  'rubbish',
  /** Ends all connections and refuses new ones. */
  'refusing',
] as const;
export type BridgeMode = (typeof MODES)[number];

const FAULT_RATE = 0.06;
const SLOW_MS = 3_000;
const MAX_DELAY_MS = 1_200;
const RUBBISH_EVERY_MS = 200;

export class Bridge {
  readonly #random: Random;
  readonly #bridge: TcpBridge;
  #mode: BridgeMode = 'clean';
  #rubbish: NodeJS.Timeout | undefined;

  constructor(port: number, target: number, seed: number) {
    this.#random = new Random(seed);
    this.#bridge = new TcpBridge(target, {
      port,
      carry: (bytes, pass) => {
        this.#carry(bytes, pass);
      },
    });
  }

  async setMode(mode: BridgeMode): Promise<void> {
    this.#mode = mode;
    clearInterval(this.#rubbish);
    if (mode === 'rubbish')
      this.#rubbish = setInterval(() => {
        this.#bridge.send(this.#random.bytes(this.#random.integer(1, 200)));
      }, RUBBISH_EVERY_MS);
    await (mode === 'refusing' ? this.#bridge.stop() : this.#bridge.start());
  }

  /** Resets all connections. */
  cut(): void {
    this.#bridge.cut();
  }

  #carry(bytes: Buffer, pass: (bytes: Uint8Array) => void): void {
    if (this.#mode === 'half-open') return;
    if (this.#mode !== 'noisy' && this.#mode !== 'slow') {
      pass(bytes);
      return;
    }
    const isStruck = (): boolean => this.#mode === 'noisy' && this.#random.chance(FAULT_RATE);
    if (isStruck()) return;
    let carried = bytes;
    if (isStruck()) carried = carried.subarray(0, this.#random.integer(0, carried.length));
    if (isStruck()) carried = Buffer.concat([carried, this.#random.bytes(this.#random.integer(1, 30))]);
    if (isStruck()) {
      carried = Buffer.from(carried);
      const at = this.#random.integer(0, carried.length - 1);
      carried[at] = (carried[at] ?? 0) ^ (1 << this.#random.integer(0, 7));
    }
    if (isStruck()) carried = Buffer.concat([carried, carried]);
    if (this.#mode === 'noisy' && this.#random.chance(FAULT_RATE / 10)) this.cut();
    const delay = this.#mode === 'slow' ? SLOW_MS : isStruck() ? this.#random.integer(50, MAX_DELAY_MS) : 0;
    if (delay === 0) pass(carried);
    else
      setTimeout(() => {
        pass(carried);
      }, delay);
  }
}

/** Commands to a bridge in another process. */
export type BridgeCommand = { readonly mode: BridgeMode } | 'cut';

/** The bridge as a process: `bridge.ts <port> <target> <seed>`, controlled by its parent process. */
function main([port, target, seed]: readonly string[]): void {
  const bridge = new Bridge(Number(port), Number(target), Number(seed));
  process.on('message', (command: BridgeCommand) => {
    if (command === 'cut') {
      bridge.cut();
      process.send?.('done');
      return;
    }
    void bridge.setMode(command.mode).then(() => process.send?.('done'));
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

if (require.main === module) main(process.argv.slice(2));
