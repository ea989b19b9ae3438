import { isAbsolute, join } from 'node:path';
import { TraceFile, Tracer, TraceRing } from '../../src/internal.js';

export interface ConnectionTraceOptions {
  /** File that is written beside the ring, relative to `folder`; empty: none. */
  readonly path: string;
  readonly folder: string;
  /** Called once, when the file cannot be written or not any further. */
  readonly failed: (error: Error) => void;
}

/** A file of a trace becomes no longer than this; the one before it is kept as well. */
const MAX_FILE_BYTES = 20_000_000;

/** What passed on the line of one connection: always the last minutes, and in a file where that is wanted. */
export class ConnectionTrace {
  readonly tracer: Tracer;
  readonly #ring = new TraceRing();
  readonly #file: TraceFile | undefined;

  constructor(options?: ConnectionTraceOptions) {
    this.#file = options && openFile(options);
    this.tracer = new Tracer(this.#file ? [this.#ring, this.#file] : [this.#ring]);
  }

  /** The last lines, at most those of 15 minutes. */
  lines(): string[] {
    return this.#ring.lines();
  }

  close(): void {
    this.#file?.close();
  }
}

/** A trace that cannot be written is no reason not to read the meter. */
function openFile({ path, folder, failed }: ConnectionTraceOptions): TraceFile | undefined {
  const name = path.trim();
  if (name === '') return undefined;
  try {
    return new TraceFile(isAbsolute(name) ? name : join(folder, name), { maxBytes: MAX_FILE_BYTES, failed });
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}
