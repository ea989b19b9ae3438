import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Pictures for people; `PICTURES=docs/images npm run test:system` renews those of the README. */
const folder = join(__dirname, '../../..', process.env['PICTURES'] ?? '.tmp/pictures');

/** The path of a picture; its folder exists. */
export function picturePath(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
