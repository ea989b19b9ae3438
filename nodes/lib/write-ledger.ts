import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { isMeterError, memoryLedger, UsageError, type WriteLedger, type WritesByMeter } from '../../src/internal.js';
import { withFileLock } from './file-lock.js';
import { type LedgerTime, parseWrites, writesText } from './write-ledger-file.js';

const FILE = join('nes-meter', 'writes.json');

/** One for each file. */
const ledgers = new Map<string, WriteLedger>();

/**
 * Keeps in Node-RED's user directory when each meter's memory was written, so that neither a deploy nor a restart forgets
 * it, and all Node-REDs with that directory share it. A node's context would forget it, without a configured storage.
 * Where the file cannot be read or kept, nothing may be written that is counted.
 * @param userDir undefined where Node-RED has none, as with a storage of its own: then this process remembers
 * @param time what the clocks show
 */
export function fileLedger(userDir: string | undefined, time: () => LedgerTime = presentTime): WriteLedger {
  const file = userDir === undefined ? '' : join(userDir, FILE);
  const ledger = ledgers.get(file) ?? (file === '' ? memoryLedger() : new FileLedger(file, time));
  ledgers.set(file, ledger);
  return ledger;
}

class FileLedger implements WriteLedger {
  readonly #file: string;
  readonly #time: () => LedgerTime;
  /** What was last read or kept: a file that vanishes does not give the writes back. */
  #known: WritesByMeter = new Map();

  constructor(file: string, time: () => LedgerTime) {
    this.#file = file;
    this.#time = time;
  }

  read(): Promise<WritesByMeter> {
    return this.#orUnknown(() => this.#read());
  }

  update(change: (writes: WritesByMeter) => WritesByMeter): Promise<WritesByMeter> {
    return this.#orUnknown(async () => {
      await mkdir(dirname(this.#file), { recursive: true });
      return withFileLock(`${this.#file}.lock`, async (checkLock) => {
        const writes = change(await this.#read());
        await this.#keep(writes, checkLock);
        return writes;
      });
    });
  }

  async #read(): Promise<WritesByMeter> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (!isMissing(error)) throw error;
      return this.#known;
    }
    this.#known = parseWrites(text, this.#time());
    return this.#known;
  }

  /** Writes a new file and renames it, since a power failure would leave half of a file that is overwritten. */
  async #keep(writes: WritesByMeter, checkLock: () => Promise<void>): Promise<void> {
    const draft = `${this.#file}.${process.pid}.new`;
    try {
      await writeDurably(draft, writesText(writes, this.#time()));
      await checkLock();
      await rename(draft, this.#file);
    } catch (error) {
      await unlink(draft).catch(() => undefined);
      throw error;
    }
    await syncDirectory(dirname(this.#file));
    this.#known = writes;
  }

  async #orUnknown<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isMeterError(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const file = this.#file;
      throw new UsageError('write-budget-unknown', `${file}: ${reason}`, { values: { file, reason }, cause: error });
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the new name of a file safe as well; not every system can. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function presentTime(): LedgerTime {
  return { now: Date.now(), uptimeMs: uptime() * 1_000, boot: bootId() };
}

/** Differs after each start of the machine; '' where the system has no such id. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
