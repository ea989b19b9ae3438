import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { addAbortSignal } from 'node:stream';
import { cancelled } from '../internal.js';
import type { Terminal } from './terminal.js';

const CTRL_C = '\u0003';
/** Return, line feed and Ctrl-D. */
const ENTER = new Set(['\r', '\n', '\u0004']);
const ERASE = new Set(['\b', '\u007f']);

/** The terminal of this process. The first Ctrl-C ends the command cleanly, the second one at once. */
export function processTerminal(): Terminal {
  const life = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      life.abort();
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of the output has closed the pipe: `nes-meter tables | head -3`.
    if (error.code !== 'EPIPE') throw error;
    life.abort();
  });
  return {
    out: (text) => {
      process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
    env: process.env,
    isScreen: process.stdout.isTTY,
    isErrorScreen: process.stderr.isTTY,
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    signal: life.signal,
    askHidden: (question) => askHidden(question, life.signal),
    ask: (question) => ask(question, life.signal),
    readInput: () => readInput(life.signal),
    inputPieces: () => inputPieces(life.signal),
    drained: () => drained(life.signal),
  };
}

function askHidden(question: string, signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  // Raw mode before the question, so that a key pasted at once is not echoed.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise<string>((resolve, reject) => {
    let line = '';
    const end = (finish: () => void): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      signal.removeEventListener('abort', cancel);
      stderr.write('\n');
      finish();
    };
    const cancel = (): void => {
      end(() => {
        reject(cancelled('The command'));
      });
    };
    const take = (typed: string): void => {
      for (const character of typed) {
        if (character === CTRL_C) {
          cancel();
          return;
        }
        if (ENTER.has(character)) {
          end(() => {
            resolve(line);
          });
          return;
        }
        line = ERASE.has(character) ? line.slice(0, -1) : line + character;
      }
    };
    stdin.on('data', take);
    signal.addEventListener('abort', cancel, { once: true });
  });
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  // Readline handles Ctrl-C itself, so that the process gets no signal.
  asking.once('SIGINT', () => {
    ended.abort();
  });
  try {
    return await asking.question(question, { signal: AbortSignal.any([signal, ended.signal]) });
  } catch (error) {
    if (signal.aborted || ended.signal.aborted) throw cancelled('The command');
    throw error;
  } finally {
    asking.close();
  }
}

async function readInput(signal: AbortSignal): Promise<string> {
  let text = '';
  for await (const piece of inputPieces(signal)) text += piece;
  return text;
}

async function* inputPieces(signal: AbortSignal): AsyncGenerator<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) stderr.write('Paste it here; Ctrl-D in an empty line ends.\n');
  stdin.setEncoding('utf8');
  try {
    for await (const piece of addAbortSignal(signal, stdin)) yield String(piece);
  } catch (error) {
    if (signal.aborted) throw cancelled('The command');
    throw error;
  }
}

async function drained(signal: AbortSignal): Promise<void> {
  if (!process.stdout.writableNeedDrain || signal.aborted) return;
  await once(process.stdout, 'drain', { signal }).catch(() => undefined);
}
