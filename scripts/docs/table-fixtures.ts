import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TableFixture } from './meters-markdown.js';

const FIXTURES = join(__dirname, '../../test/fixtures');

/** The fixtures of all tables, in the order of their names. */
export function tableFixtures(): TableFixture[] {
  return readdirSync(FIXTURES)
    .filter((folder) => /^[BE]T\d\d$/.test(folder))
    .sort()
    .flatMap((folder) =>
      readdirSync(join(FIXTURES, folder))
        .sort()
        .map((file) => JSON.parse(readFileSync(join(FIXTURES, folder, file), 'utf8')) as TableFixture),
    );
}
