import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { recipe, type Recipe, RECIPES, recipesOf } from '../../support/docs/recipes.js';

const TESTS = join(__dirname, '../..');

const keyOf = ({ page, heading, place }: Pick<Recipe, 'page' | 'heading' | 'place'>): string =>
  `recipe(${[page, heading].map((text) => JSON.stringify(text)).join(', ')}, ${place})`;

/** The blocks that tests run, from their calls of `recipe`. */
function recipesRun(): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const name of readdirSync(TESTS, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts') || name.includes('node_modules')) continue;
    const text = readFileSync(join(TESTS, name), 'utf8');
    if (text.includes('recipe(')) for (const key of callsIn(name, text)) keys.add(key);
  }
  return keys;
}

function callsIn(name: string, text: string): readonly string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const keys: string[] = [];
  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node) && node.expression.getText() === 'recipe') {
      const [page, heading, place] = node.arguments;
      if (page && heading && ts.isStringLiteral(page) && ts.isStringLiteral(heading)) {
        keys.push(keyOf({ page: page.text, heading: heading.text, place: Number(place?.getText() ?? 1) }));
      }
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  return keys;
}

describe('Blocks of the pages for users', () => {
  it('are run, each by a test', () => {
    const run = recipesRun();
    const notRun = RECIPES.filter((each) => !run.has(keyOf(each)));
    const places = notRun.map((each) => {
      return `${each.page}:${each.line} [${each.language}]: no test calls ${keyOf(each)}`;
    });
    assert.deepEqual(
      places,
      [],
      'Add a test that takes the block by this call and runs it with the program it is for, with two meters, values that are ' +
        'null and over the border of an hour: SQLite in test/unit/docs/recipes-sqlite.test.ts, PostgreSQL and InfluxDB in ' +
        'test/system/recipes.test.ts, commands in test/unit/docs/recipes-commands.test.ts, settings of other programs in ' +
        'test/unit/docs/recipes-settings.test.ts, FHEM in test/system/fhem.test.ts.',
    );
  });

  it('are found below their headings, indented ones too', () => {
    const page = ['# One', '```sql', 'SELECT 1', '# no heading', '```', '## Two', '  ```', '  x', '  ```', '```', '```'].join('\n');
    assert.deepEqual(
      recipesOf('a.md', page).map(({ line, heading, place, language, text }) => [line, heading, place, language, text]),
      [
        [2, 'One', 1, 'sql', 'SELECT 1\n# no heading\n'],
        [7, 'Two', 1, '', '  x\n'],
        [10, 'Two', 2, '', '\n'],
      ],
    );
  });

  it('that are not there are an error', () => {
    assert.throws(() => recipe('README.md', 'No such heading'), /has no block 1 below/);
  });
});
