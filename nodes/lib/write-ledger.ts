import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { countingWrites, type WriteLedger } from '../../src/index.js';

const FILE = join('nes-meter', 'writes.json');

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

class FileLedger implements WriteLedger {
  readonly #file: string;
  readonly #warn: (error: Error) => void;
  #kept: Map<string, unknown> | undefined;

  /** @param file '' for none */
  constructor(file: string, warn: (error: Error) => void) {
    this.#file = file;
    this.#warn = warn;
  }

  load(meter: string): number[] {
    this.#kept ??= this.#read();
    return countingWrites(this.#kept.get(meter), Date.now());
  }

  save(meter: string, times: readonly number[]): void {
    this.#kept ??= this.#read();
    this.#kept.set(meter, times);
    if (this.#file === '') return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      // A file that is half written when the power fails would be no file.
      writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#kept)));
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#warn(error as Error);
    }
  }

  #read(): Map<string, unknown> {
    if (this.#file === '') return new Map();
    try {
      const kept: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      return new Map(typeof kept === 'object' && kept !== null ? Object.entries(kept) : []);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn(error as Error);
      return new Map();
    }
  }
}
