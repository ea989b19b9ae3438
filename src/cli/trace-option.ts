import { Option } from 'commander';
import { isMeterError, printable, TraceFile, Tracer } from '../internal.js';
import type { Terminal } from './terminal.js';
import { CommandError } from './texts.js';

export interface TraceOption {
  /** File to which the traffic on the line is appended. */
  readonly trace?: string;
}

/** The option of every command that talks to a meter. */
export function traceOption(): Option {
  return new Option('--trace <file>', 'append the traffic to a file for `explain`: without keys, but not redacted');
}

/**
 * Runs `work`, with a tracer if a trace file is given.
 * @throws CommandError if the trace file cannot be written; what `work` throws
 */
export async function withTracer<T>(
  { trace }: TraceOption,
  terminal: Pick<Terminal, 'err'>,
  work: (tracer: Tracer | undefined) => Promise<T>,
): Promise<T> {
  if (trace === undefined) return work(undefined);
  const file = openTrace(trace, terminal);
  try {
    return await work(new Tracer([file]));
  } finally {
    file.close();
  }
}

function openTrace(path: string, terminal: Pick<Terminal, 'err'>): TraceFile {
  try {
    return new TraceFile(path, {
      failed: (error) => {
        terminal.err(`The trace is not written any further: ${printable(error.message)}\n`);
      },
    });
  } catch (error) {
    if (isMeterError(error)) throw new CommandError(`${error.message}. Give the name of a new file, or of a trace.`);
    throw error;
  }
}
