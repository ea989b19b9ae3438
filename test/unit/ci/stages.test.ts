import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STAGES = join(__dirname, '../../../scripts/ci/stages.mjs');
/** Each waits for a file of the other: they end only if they run side by side. */
const waits = (mine: string, other: string): string =>
  `node -e "const fs=require('fs');fs.writeFileSync('${mine}','');const t=setInterval(()=>{if(fs.existsSync('${other}')){clearInterval(t);console.log('${mine} done')}},20)"`;

describe('The stages of a run', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stages-'));
    const scripts = {
      ...{ one: waits('one', 'two'), two: waits('two', 'one') },
      ...{ good: 'node -p 40+2', 'bad:run': 'node -e "console.log(666);process.exit(3)"' },
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts }));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function run(...lanes: string[]): { status: number | null; output: string } {
    const env = { ...process.env, TEST_REPORT: folder };
    const { status, stdout } = spawnSync(process.execPath, [STAGES, ...lanes], { cwd: folder, env, encoding: 'utf8' });
    return { status, output: stdout };
  }
  const kept = (name: string): string => readFileSync(join(folder, name), 'utf8');

  it('run side by side in lanes', () => {
    const { status, output } = run('one', 'two');
    assert.equal(status, 0);
    assert.match(output, /^one done$[^]*^two done$/m);
  });

  it('go on after one that failed, and fail at the end', () => {
    const { status, output } = run('bad:run,good');
    assert.equal(status, 1);
    assert.match(output, /^666$[^]*^42$/m);
    assert.match(output, /^Failed: npm run bad:run$/m);
  });

  it('leave a log each, and their times', () => {
    run('bad:run,good');
    assert.match(kept('bad-run.log'), /^666$[^]*^Ended with an error: npm run bad:run\n$/m);
    assert.match(kept('good.log'), /^42$/m);
    assert.match(kept('stages.tsv'), /^bad:run\t\d+\ngood\t\d+\n$/);
  });
});
