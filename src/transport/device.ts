import { statSync } from 'node:fs';

/** Whether there is something at a path that is no device, such as a file or a pipe. */
export function isNoDevice(path: string): boolean {
  if (process.platform === 'win32') return false;
  try {
    return !statSync(path).isCharacterDevice();
  } catch {
    return false;
  }
}
