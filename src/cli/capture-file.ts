import { createReadStream } from 'node:fs';
import { type Capture, CaptureReader, readTraceLines } from '../internal.js';
import { readText } from './options.js';
import { CommandError } from './texts.js';

/**
 * The tables in a file: a dump, a report or a trace.
 * @throws CommandError naming the line, if the file is none of these or holds no table
 */
export async function readCapture(file: string): Promise<Capture> {
  const reader = new CaptureReader();
  let wrong: number | undefined;
  let isDocument: boolean | undefined;
  const pieces = createReadStream(file, 'utf8');
  try {
    for await (const { number, text, line } of readTraceLines(pieces)) {
      isDocument ??= text.startsWith('{');
      if (isDocument) break;
      if (!line) wrong ??= number;
      reader.addLine(line);
    }
  } catch (error) {
    throw new CommandError(
      `The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
    );
  } finally {
    pieces.destroy();
  }
  if (isDocument === true && !reader.addDocument(parseJson(await readText(file), file))) {
    throw new CommandError(`${file}, line 1: this is neither a dump nor a report of nes-meter.`);
  }
  const { capture } = reader;
  if (capture.tables.size > 0) return capture;
  const place = wrong === undefined ? '' : `, line ${wrong}: this is no line of a trace`;
  throw new CommandError(`${file} holds no table${place}.`);
}

/** @throws CommandError naming the line, if the text is not JSON */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length);
    const line = text.slice(0, position).split('\n').length;
    throw new CommandError(`${file}, line ${line}: this is no JSON.`);
  }
}
