import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Pictures for people to look at; `PICTURES=docs/images npm run test:system` renews those of the README. */
const folder = join(__dirname, '../../..', process.env['PICTURES'] ?? '.tmp/pictures');

/** Where a picture belongs; its folder is there. */
export function picturePath(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
