import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const FIXTURES = join(__dirname, '..', 'fixtures');

/** Every fixture of a folder, by file name: a new capture is a new file, no code. */
export function readFixtures<T>(folder: string): [name: string, fixture: T][] {
  return readdirSync(join(FIXTURES, folder))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(FIXTURES, folder, file), 'utf8')) as T]);
}
