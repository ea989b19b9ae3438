import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** Work under a lock takes milliseconds: an older lock is left over from a process that ended. */
const STALE_AFTER_MS = 10_000;
/** From here on a lock of a process that is no longer there is left over, too. */
const MIN_AGE_MS = 2_000;
const MAX_WAIT_MS = 15_000;
const RETRY_MS = 20;

/** What a lock file holds. */
interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Does `work` while no other process does work under the same lock.
 * @param work gets a function that fails where the lock was lost: what cannot be undone comes after it
 * @throws Error where the lock file cannot be made, or another process keeps it
 */
export async function withFileLock<T>(file: string, work: (check: () => Promise<void>) => Promise<T>): Promise<T> {
  const holder: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  const text = JSON.stringify(holder);
  const deadline = performance.now() + MAX_WAIT_MS;
  while (!(await isTaken(file, text))) {
    await removeStale(file);
    if (performance.now() > deadline) throw new Error(`another process keeps ${file}`);
    await pause(RETRY_MS);
  }
  const isOurs = async (): Promise<boolean> => (await textOf(file)) === text;
  try {
    return await work(async () => {
      if (!(await isOurs())) throw new Error(`${file} was taken by another process`);
    });
  } finally {
    if (await isOurs()) await unlink(file).catch(() => undefined);
  }
}

async function isTaken(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if ((await textOf(file)) === '') await unlink(file).catch(() => undefined);
    throw error;
  }
}

/** Two processes may find the same lock stale: the one that moves it away looks whether it is still that one. */
async function removeStale(file: string): Promise<void> {
  const text = await textOf(file);
  if (text === undefined || !(await isStale(file, text))) return;
  const away = `${file}.${randomUUID()}`;
  try {
    await rename(file, away);
    if ((await textOf(away)) !== text) await link(away, file).catch(() => undefined);
    await unlink(away);
  } catch {
    // Another process was faster.
  }
}

async function isStale(file: string, text: string): Promise<boolean> {
  // A clock that was set back makes a lock of the future.
  const ageMs = await stat(file).then(
    ({ mtimeMs }) => Math.abs(Date.now() - mtimeMs),
    () => 0,
  );
  if (ageMs > STALE_AFTER_MS) return true;
  // In another container the same process number may mean nothing.
  if (ageMs < MIN_AGE_MS) return false;
  const { pid, host } = holderOf(text);
  return host === hostname() && pid !== undefined && !isAlive(pid);
}

function holderOf(text: string): Partial<Holder> {
  try {
    const held: unknown = JSON.parse(text);
    return typeof held === 'object' && held !== null ? held : {};
  } catch {
    return {};
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
