import { access, constants, lstat, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError } from './texts.js';

/** Output identifies a meter and its owner: readable by the owner of the file only. */
const OWNER_ONLY = 0o600;

/** A file that a command writes its result to. */
export interface OutputFile {
  /**
   * Without `isForced` the file is created; an existing file or link is never written to.
   * @throws CommandError where it cannot be written
   */
  readonly write: (text: string) => Promise<void>;
}

/**
 * Checks that a file can be written, before the work.
 * @param isForced whether a file that is there is overwritten, and a link followed
 * @throws CommandError
 */
export async function outputFile(file: string, isForced: boolean): Promise<OutputFile> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch {
    throw notWritable(file);
  }
  if (!isForced && (await isThere(file))) throw alreadyThere(file);
  return { write: (text) => write(file, text, isForced) };
}

/** A dangling link counts as an existing file. */
async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

async function write(file: string, text: string, isForced: boolean): Promise<void> {
  // `wx` creates and opens in one step, or fails if the file exists by now.
  const handle = await open(file, isForced ? 'w' : 'wx', OWNER_ONLY).catch((error: unknown) => {
    throw isExisting(error) ? alreadyThere(file) : notWritable(file);
  });
  try {
    await handle.writeFile(text);
  } catch {
    // A partial file would block the next attempt.
    if (!isForced) await rm(file, { force: true });
    throw notWritable(file);
  } finally {
    await handle.close();
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function alreadyThere(file: string): CommandError {
  return new CommandError(
    `The file ${file} exists already, or is a link. Give another name; --force overwrites it, and follows the link.`,
  );
}

function notWritable(file: string): CommandError {
  return new CommandError(
    `The file ${file} cannot be written. Check that its folder exists and that you may write to it.`,
  );
}
