import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputFile } from '../../../src/cli/output-file.js';
import { CommandError } from '../../../src/cli/texts.js';
import { runCli } from '../../support/cli/recorded-terminal.js';

const DUMP = ['dump', 'BT01', '--simulator', '--out'];
const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('Files that commands write', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-out-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are made anew, for their owner only', async () => {
    const file = join(folder, 'dump.json');
    assert.equal((await runCli([...DUMP, file])).exitCode, 0);
    assert.ok('tables' in (JSON.parse(readFileSync(file, 'utf8')) as object));
    assert.equal(modeOf(file), 0o600);
  });

  it('that are there already stay as they are, before anything is read', async () => {
    const file = join(folder, 'precious');
    writeFileSync(file, 'precious');
    const { exitCode, errors } = await runCli([...DUMP, file]);
    assert.equal(exitCode, 2);
    assert.match(errors, /exists already.*--force/);
    assert.doesNotMatch(errors, /BT01/);
    assert.equal(readFileSync(file, 'utf8'), 'precious');
  });

  it('are not written through a link, whether it leads somewhere or not', async () => {
    const target = join(folder, 'target');
    for (const isThere of [false, true]) {
      if (isThere) writeFileSync(target, 'precious');
      const link = join(folder, `link-${isThere}`);
      symlinkSync(target, link);
      assert.equal((await runCli([...DUMP, link])).exitCode, 2);
      assert.equal(existsSync(target), isThere);
    }
    assert.equal(readFileSync(target, 'utf8'), 'precious');
  });

  it('are not written where something came while the meter was read', async () => {
    const [file, target] = [join(folder, 'late'), join(folder, 'target')];
    const output = await outputFile(file, false);
    symlinkSync(target, file);
    await assert.rejects(output.write('x'), CommandError);
    assert.equal(existsSync(target), false);
  });

  it('are overwritten with --force, and a link is followed', async () => {
    const [target, link] = [join(folder, 'target'), join(folder, 'link')];
    symlinkSync(target, link);
    for (const file of [target, link]) {
      writeFileSync(target, 'old');
      assert.equal((await runCli([...DUMP, file, '--force'])).exitCode, 0);
      assert.match(readFileSync(target, 'utf8'), /"tables"/);
    }
  });

  it('in a folder that is not there are refused before anything is read', async () => {
    for (const force of [[], ['--force']]) {
      const { exitCode, errors } = await runCli([...DUMP, join(folder, 'no', 'file'), ...force]);
      assert.equal(exitCode, 2);
      assert.match(errors, /cannot be written/);
      assert.doesNotMatch(errors, /BT01/);
    }
  });
});

describe('The file of a key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nes-meter-key-'));
  const file = join(folder, 'key');
  before(() => {
    writeFileSync(file, '0123456789ABCDEF0123');
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const explain = (): ReturnType<typeof runCli> => runCli(['explain', '00 01 01', '--key-file', file]);

  it('that others can get at is used with a warning', async function () {
    if (process.platform === 'win32') this.skip();
    for (const mode of [0o666, 0o644, 0o640, 0o604]) {
      chmodSync(file, mode);
      const { errors, exitCode } = await explain();
      assert.match(errors, /^Warning: other users .*chmod 600 /m, mode.toString(8));
      assert.doesNotMatch(errors, /0123456789/);
      assert.equal(exitCode, 0);
    }
  });

  it('that only its owner can read is used without a word', async () => {
    chmodSync(file, 0o600);
    assert.equal((await explain()).errors, '');
  });
});
