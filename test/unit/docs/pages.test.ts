import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import manifest from '../../../package.json';
import { catalogueOf, keysOf, lookUp } from '../../support/node-red/texts.js';

const root = join(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

/** The anchors of a page as GitHub makes them from its headings. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replace(/ /g, '-'),
  );

describe('Pages for users', () => {
  for (const page of PAGES) {
    it(`links only to files and headings that exist: ${page}`, () => {
      const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');
      const broken = links
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => {
          const [path, anchor] = link.split('#');
          const target = path ? relative(root, join(root, dirname(page), path)) : page;
          if (!existsSync(join(root, target))) return true;
          return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
        });
      assert.deepEqual(broken, []);
    });
  }

  it('the troubleshooting page uses the statuses of the nodes', () => {
    const catalogue = catalogueOf('en-US', 'mep-config');
    const statuses = new Set(keysOf(lookUp(catalogue, 'status') as typeof catalogue).map((key) => lookUp(catalogue, `status.${key}`)));
    const table = read('docs/TROUBLESHOOTING.md').split('## By status')[1]?.split('## ')[0] ?? '';
    const named = [...table.matchAll(/^\| (\*[^|]+) \|/gm)].flatMap(([, cell]) => (cell ?? '').replaceAll('*', '').split(', '));
    assert.ok(named.length > 20);
    assert.deepEqual(
      named.filter((name) => !statuses.has(name)),
      [],
    );
  });

  it('the README lists every node by its label and type', () => {
    const readme = read('README.md');
    const types = Object.keys(manifest['node-red'].nodes);
    assert.deepEqual(
      types.filter((type) => !readme.includes(`\`${type}\``)),
      [],
    );
    for (const type of types) {
      const catalogue = catalogueOf('en-US', type);
      const label = lookUp(catalogue, `${type}.node.name`);
      if (typeof label === 'string') assert.match(readme, new RegExp(`^\\| (.*, )?${label}[,| ]`, 'm'), type);
    }
  });
});
