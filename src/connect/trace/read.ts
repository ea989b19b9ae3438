/** Reads the lines of a trace, or of a text that may be one, without keeping more than one of them. */
import { MAX_TRACE_LINE, parseTraceLine, type TraceLine } from './line.js';

/** A line of a text, and its content if it belongs to a trace. */
export interface ReadLine {
  /** From 1 on. */
  readonly number: number;
  /** Cut where it is longer than any line of a trace. */
  readonly text: string;
  /** Undefined for a line that does not belong to a trace. */
  readonly line: TraceLine | undefined;
}

/** The lines of a text that comes in pieces, empty ones and comments (`#`) left out. */
export async function* readTraceLines(pieces: AsyncIterable<string> | Iterable<string>): AsyncGenerator<ReadLine> {
  let number = 0;
  let begun = '';
  const next = (text: string): ReadLine | undefined => {
    number++;
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return undefined;
    return { number, text: trimmed, line: trimmed.length < MAX_TRACE_LINE ? parseTraceLine(trimmed) : undefined };
  };
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const end = piece.indexOf('\n', at);
      const part = piece.slice(at, end < 0 ? undefined : end);
      // A longer line does not belong to a trace, whatever follows.
      if (begun.length < MAX_TRACE_LINE) begun += part.slice(0, MAX_TRACE_LINE - begun.length);
      if (end < 0) break;
      const line = next(begun);
      begun = '';
      if (line) yield line;
      at = end + 1;
    }
  }
  const last = next(begun);
  if (last) yield last;
}
