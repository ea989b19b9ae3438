import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import manifest from '../../../package.json';
import { changelogSection } from '../../../scripts/release/changelog-section.js';

const root = join(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => `${folder}/${name}`);

const WORKFLOWS = filesIn('.github/workflows');
const FORMS = filesIn('.github/ISSUE_TEMPLATE').filter((path) => !path.endsWith('config.yml'));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/ARCHITECTURE.md', '.github/PULL_REQUEST_TEMPLATE.md'];
/** Scripts that npm runs without `run`. */
const SHORT_SCRIPTS = ['start', 'test'];

interface Step {
  readonly run?: string;
  readonly uses?: string;
}
interface Workflow {
  readonly on: object;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, { readonly 'runs-on': string; readonly steps: readonly Step[] }>>;
}
interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly { readonly type: string; readonly id?: string; readonly attributes: { label?: string } }[];
}

/** The scripts of package.json that a text calls. */
function scriptsIn(text: string): readonly string[] {
  const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name ?? '');
  const short = SHORT_SCRIPTS.filter((name) => new RegExp(`npm ${name}\\b`).test(text));
  return [...named, ...short];
}

describe('What contributors need', () => {
  for (const path of WORKFLOWS) {
    it(`parses as a workflow: ${path}`, () => {
      const { on, permissions, jobs } = parse(read(path)) as Workflow;
      assert.ok(Object.keys(on).length > 0);
      assert.ok(Object.keys(permissions).length > 0, 'a workflow asks for no more rights than it needs');
      const all = Object.values(jobs);
      assert.ok(all.length > 0);
      for (const job of all) {
        assert.ok(job['runs-on']);
        for (const step of job.steps) assert.ok(step.run !== undefined || step.uses !== undefined);
      }
    });
  }

  for (const path of [...WORKFLOWS, ...PAGES, '.ci/run']) {
    it(`calls only scripts that there are: ${path}`, () => {
      for (const script of scriptsIn(read(path))) assert.ok(script in manifest.scripts, script);
    });
  }

  it('has a form for an unreadable meter that asks for output of the command line', () => {
    const form = parse(read('.github/ISSUE_TEMPLATE/meter-does-not-read.yml')) as Form;
    const asked = JSON.stringify(form.body);
    assert.match(asked, /nes-meter report --out/);
    assert.match(asked, /nes-meter dump --redact/);
  });

  for (const path of FORMS) {
    it(`parses as an issue form: ${path}`, () => {
      const { name, description, body } = parse(read(path)) as Form;
      assert.ok(name && description);
      const fields = body.filter(({ type }) => type !== 'markdown');
      assert.ok(fields.length > 0);
      const ids = fields.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const { id, attributes } of fields) assert.ok(id !== undefined && attributes.label !== undefined, id);
    });
  }

  for (const path of PAGES) {
    it(`leads to files that there are: ${path}`, () => {
      const folder = join(root, path, '..');
      for (const [, target] of read(path).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        assert.ok(existsSync(join(folder, target ?? '')), target);
      }
    });
  }

  it('updates every folder that has dependencies', () => {
    const { updates } = parse(read('.github/dependabot.yml')) as { updates: readonly { directories?: string[] }[] };
    for (const folder of updates.flatMap(({ directories }) => directories ?? [])) {
      assert.ok(existsSync(join(root, folder, 'package.json')), folder);
    }
  });

  it('names a Node.js that the package supports', () => {
    const least = Number(/>=(\d+)/.exec(manifest.engines.node)?.[1]);
    assert.ok(Number(read('.nvmrc').trim()) >= least);
  });
});

describe('changelogSection', () => {
  const changelog = '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-24\n\n### Added\n\n- A.\n\n## [1.1.0]\n\n- B.\n';

  it('gives the section of a version alone', () => {
    assert.equal(changelogSection(changelog, '1.2.0'), '### Added\n\n- A.\n');
    assert.equal(changelogSection(changelog, '1.1.0'), '- B.\n');
  });

  it('refuses a version without a section, or with an empty one', () => {
    for (const version of ['1.3.0', '1.2', 'Unreleased']) assert.throws(() => changelogSection(changelog, version));
  });
});
