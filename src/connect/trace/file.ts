import { closeSync, constants, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { UsageError } from '../../errors.js';
import { parseTraceLine } from './line.js';
import type { TraceSink } from './tracer.js';

/** A trace shows when people are at home: readable by the owner of the file only. */
const OWNER_ONLY = 0o600;
/** Number of bytes to read for the first line of a trace, which is shorter. */
const HEAD_BYTES = 512;

export interface TraceFileOptions {
  /** A file that would become longer is renamed to `<file>.1`, in place of the one before; default: no limit. */
  readonly maxBytes?: number;
  /** Called once, when lines cannot be written any more. */
  readonly failed: (error: Error) => void;
}

/** Appends the lines of a trace to a file; each line has left this process when the call returns. */
export class TraceFile implements TraceSink {
  readonly #path: string;
  readonly #options: TraceFileOptions;
  #file: number | undefined;
  #bytes = 0;

  /** @throws UsageError `bad-setting` where the file cannot be written, is a link, or holds something else */
  constructor(path: string, options: TraceFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#open();
  }

  add(line: string): void {
    if (this.#file === undefined) return;
    const text = `${line}\n`;
    try {
      const isFull = this.#bytes + text.length > (this.#options.maxBytes ?? Infinity);
      writeSync(isFull ? this.#rotate() : this.#file, text);
      this.#bytes += text.length;
    } catch (error) {
      this.close();
      this.#options.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** May be called more than once. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #rotate(): number {
    this.close();
    renameSync(this.#path, `${this.#path}.1`);
    return this.#open();
  }

  #open(): number {
    const { O_APPEND, O_CREAT, O_RDWR, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;
    // Opens neither links nor pipes, which would block until another program reads them.
    const flags = (O_APPEND ?? 0) | (O_CREAT ?? 0) | (O_RDWR ?? 0) | O_NONBLOCK | O_NOFOLLOW;
    let file: number;
    try {
      file = openSync(this.#path, flags, OWNER_ONLY);
    } catch (error) {
      throw notUsable(this.#path, (error as NodeJS.ErrnoException).code ?? 'unknown reason');
    }
    const status = fstatSync(file);
    const isOther = status.isFile() ? !isTrace(file) : true;
    if (isOther) {
      closeSync(file);
      throw notUsable(this.#path, status.isFile() ? 'it holds something else' : 'it is no file');
    }
    this.#file = file;
    this.#bytes = status.size;
    return file;
  }
}

/** True if a file is empty or begins with a line of a trace: other files are not appended to. */
function isTrace(file: number): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  const read = readSync(file, head, 0, HEAD_BYTES, 0);
  const [first = ''] = head.toString('utf8', 0, read).split('\n');
  return read === 0 || parseTraceLine(first) !== undefined;
}

function notUsable(path: string, why: string): UsageError {
  return new UsageError('bad-setting', `The trace cannot be written to ${path}: ${why}`, {
    values: { setting: 'traceFile' },
  });
}
