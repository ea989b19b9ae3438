import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['src', 'nodes', 'scripts', 'editor', 'bench', 'lint'];
const SOURCES = /\.(?:ts|mjs|cjs|js)$/;

/** Verbs that give a program a voice, where the field has a verb for what happens. */
const NOT_TECHNICAL = /\b(?:tells?|telling|told|stands?|standing|stood|hears?|heard|nobody|whoever)\b/i;
/** Names and values that a comment quotes. */
const QUOTED = /`[^`]*`|"[^"]*"|@param \w+/g;

/** Words that the glossary of CONTRIBUTING.md replaces. */
const REPLACED_WORDS = new Set(
  'patience turn turns errand fate judge judged judges judgement rationed untouchable knowledge conduct personality'.split(
    ' ',
  ),
);
/** The first words of limits: these are MAX_ and MIN_. */
const REPLACED_LIMITS = /^(?:MOST|LONGEST|LEAST|SHORTEST)_/;

interface Found {
  readonly place: string;
  readonly text: string;
}

function sourcesIn(folder: string): ts.SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => SOURCES.test(name) && !name.split(sep).includes('node_modules'))
    .map((name) => join(ROOT, folder, name))
    .map((path) => ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
}

const files = FOLDERS.flatMap(sourcesIn);

function placeOf(file: ts.SourceFile, position: number): string {
  const { line } = file.getLineAndCharacterOfPosition(position);
  return `${relative(ROOT, file.fileName)}:${line + 1}`;
}

/** Every line of every comment, without what it quotes. */
function commentLinesOf(file: ts.SourceFile): Found[] {
  const starts = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(file.text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of ranges) starts.set(pos, end);
    node.getChildren(file).forEach(visit);
  };
  visit(file);
  return [...starts].flatMap(([pos, end]) => {
    let at = pos;
    return file.text
      .slice(pos, end)
      .split('\n')
      .map((line) => {
        const found = { place: placeOf(file, at), text: line.replace(QUOTED, '').trim() };
        at += line.length + 1;
        return found;
      });
  });
}

function identifiersOf(file: ts.SourceFile): Found[] {
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      found.push({ place: placeOf(file, node.getStart(file)), text: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `readTurns` -> `read`, `turns` */
function wordsOf(identifier: string): string[] {
  return (identifier.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

const listed = (found: readonly Found[]): string => found.map(({ place, text }) => `${place}: ${text}`).join('\n');

describe('the words of comments and names', () => {
  it('finds comments and identifiers at all', () => {
    assert.ok(files.flatMap(commentLinesOf).length > 5_000);
    assert.ok(files.flatMap(identifiersOf).length > 50_000);
  });

  it('uses the verbs of the field in comments', () => {
    const lines = [...files, ...sourcesIn('test')]
      .flatMap(commentLinesOf)
      .filter(({ text }) => NOT_TECHNICAL.test(text));
    assert.equal(listed(lines), '');
  });

  it('names things with the words of the glossary', () => {
    const names = files
      .flatMap(identifiersOf)
      .filter(({ text }) => REPLACED_LIMITS.test(text) || wordsOf(text).some((word) => REPLACED_WORDS.has(word)));
    assert.equal(listed(names), '');
  });
});
