import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replayed } from '../../support/replayed.js';

const FOLDER = join(__dirname, '..', '..', 'replays');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.trace'));

describe('The traces of meters', () => {
  it('are found', () => {
    assert.ok(files.length >= 2);
  });

  for (const file of files) {
    it(`replay with the outcomes they had: ${file}`, async () => {
      const { played, differences } = await replayed(readFileSync(join(FOLDER, file), 'utf8'));
      assert.ok(played > 0);
      assert.deepEqual(differences, []);
    });
  }
});
