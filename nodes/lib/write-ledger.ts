import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countingWrites, type WriteLedger } from '../../src/index.js';

const FILE = join('nes-meter', 'writes.json');
/** From here on it is the clock that was set, and no rounding. */
const LEAST_STEP_MS = 1_000;

/** One for each file: connections to the same meter share its budget. */
const ledgers = new Map<string, WriteLedger>();

/**
 * Keeps in Node-RED's user directory when each meter's memory was written, so that neither a deploy nor a restart forgets
 * it; a node's context would, without a configured storage. Where the directory cannot be written to, this process
 * remembers.
 * @param userDir undefined where Node-RED has none
 * @param warn hears why the file cannot be used
 */
export function fileLedger(userDir: string | undefined, warn: (error: Error) => void): WriteLedger {
  const file = userDir === undefined ? '' : join(userDir, FILE);
  const ledger = ledgers.get(file) ?? new FileLedger(file, warn);
  ledgers.set(file, ledger);
  return ledger;
}

/**
 * Whoever sets the clock, forwards or back, neither wins writes nor loses them for long: the file is read by the clock that
 * there is, and from then on the times move along with it.
 */
class FileLedger implements WriteLedger {
  readonly #file: string;
  readonly #warn: (error: Error) => void;
  #kept: Map<string, readonly number[]> | undefined;
  #clockOffset = clockOffset();

  /** @param file '' for none */
  constructor(file: string, warn: (error: Error) => void) {
    this.#file = file;
    this.#warn = warn;
  }

  load(meter: string): number[] {
    return countingWrites(this.#present().get(meter), Date.now());
  }

  save(meter: string, times: readonly number[]): void {
    const kept = this.#present().set(meter, times);
    if (this.#file === '') return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      // A file that is half written when the power fails would be no file.
      writeDurably(`${this.#file}.new`, JSON.stringify(Object.fromEntries(kept)));
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#warn(error as Error);
    }
  }

  /** What is kept, by the clock as it stands now. */
  #present(): Map<string, readonly number[]> {
    const step = clockOffset() - this.#clockOffset;
    if (this.#kept && Math.abs(step) < LEAST_STEP_MS) return this.#kept;
    this.#clockOffset += step;
    this.#kept = this.#kept ? movedBy(step, this.#kept) : this.#read();
    return this.#kept;
  }

  #read(): Map<string, readonly number[]> {
    if (this.#file === '') return new Map();
    try {
      const kept: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      const meters = typeof kept === 'object' && kept !== null ? Object.entries(kept) : [];
      const now = Date.now();
      return new Map(meters.map(([meter, times]) => [meter, countingWrites(times, now)]));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn(error as Error);
      return new Map();
    }
  }
}

function movedBy(step: number, kept: ReadonlyMap<string, readonly number[]>): Map<string, readonly number[]> {
  return new Map([...kept].map(([meter, times]) => [meter, times.map((time) => time + step)]));
}

/** How far the clock is ahead of the time that nobody sets, in ms. */
function clockOffset(): number {
  return Date.now() - performance.now();
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'w');
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
