import { statSync } from 'node:fs';

/** True if a path exists and is no device: a file, a folder or a pipe. */
export function isNoDevice(path: string): boolean {
  if (process.platform === 'win32') return false;
  try {
    return !statSync(path).isCharacterDevice();
  } catch {
    return false;
  }
}
