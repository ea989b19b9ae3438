import { open } from 'node:fs/promises';

/** The end of a file that is looked at: some years of quarter hours. */
const MAX_BYTES = 16_000_000;

/** Lines of a file. */
export interface FileLines {
  /** Whole lines, without their ends; the last ones of a long file. */
  readonly lines: readonly string[];
  /** Whether nothing follows the last line end. */
  readonly isWhole: boolean;
}

/**
 * The lines of a text file; none where there is no such file.
 * @throws Error of the file system
 */
export async function linesOf(path: string): Promise<FileLines> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return { lines: [], isWhole: true };
  try {
    const { size } = await file.stat();
    const position = Math.max(0, size - MAX_BYTES);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - position), position });
    const texts = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    const rest = texts.pop();
    return { lines: position > 0 ? texts.slice(1) : texts, isWhole: rest === '' };
  } finally {
    await file.close();
  }
}
