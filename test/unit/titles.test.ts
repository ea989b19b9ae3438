import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const TESTS = join(__dirname, '..');
const MAX_TITLE = 80;
/** Verbs that treat a program as a person, and pronouns that do so with a device. */
const NOT_TECHNICAL =
  /\b(tells?|told|telling|says?|said|saying|stands?|stood|standing|hears?|heard|hearing|nobody|somebody|whoever|whom?|minds?|patience|fate|errand)\b/i;

interface Title {
  readonly place: string;
  /** The title without values that a template inserts. */
  readonly text: string;
}

const titles = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
  .flatMap((name) => titlesIn(join(TESTS, name)));

function titlesIn(path: string): Title[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Title[] = [];
  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node) && /^(?:it|describe)(?:\.(?:only|skip))?$/.test(node.expression.getText())) {
      const text = literalOf(node.arguments[0]);
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      if (text !== undefined) found.push({ place: `${relative(TESTS, path)}:${line + 1}`, text });
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  return found;
}

function literalOf(argument: ts.Expression | undefined): string | undefined {
  if (argument === undefined) return undefined;
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (!ts.isTemplateExpression(argument)) return undefined;
  return argument.head.text + argument.templateSpans.map(({ literal }) => literal.text).join('');
}

function shown(found: readonly Title[]): string[] {
  return found.map(({ place, text }) => `${place} ${text}`);
}

describe('The titles of the tests', () => {
  it('are found in every directory of tests', () => {
    assert.ok(titles.length > 1_500, `${titles.length} titles`);
    for (const directory of ['unit', 'flow', 'system', 'demo']) {
      assert.ok(
        titles.some(({ place }) => place.startsWith(directory)),
        directory,
      );
    }
  });

  it(`have at most ${MAX_TITLE} characters`, () => {
    assert.deepEqual(shown(titles.filter(({ text }) => text.length > MAX_TITLE)), []);
  });

  it('are plain technical English', () => {
    assert.deepEqual(shown(titles.filter(({ text }) => NOT_TECHNICAL.test(text))), []);
  });
});
