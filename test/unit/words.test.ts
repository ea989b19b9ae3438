import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['src', 'nodes', 'scripts', 'editor', 'bench', 'lint'];
const SOURCES = /\.(?:ts|mjs|cjs|js)$/;
const LOCALES = join('nodes', 'locales');
const ENGLISH = join(LOCALES, 'en-US');
/** Where users and contributors read English. `docs/api` is made from comments, which are checked in the sources. */
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'CODE_OF_CONDUCT.md',
  'SECURITY.md',
  'docs',
  ENGLISH,
  'examples',
];
const NOT_WRITTEN_HERE = /^docs[\\/]api[\\/]/;

/** Verbs that give a program a voice, where the field has a verb for what happens. */
const NOT_TECHNICAL = /\b(?:tells?|telling|told|stands?|standing|stood|hears?|heard|nobody|whoever)\b/i;
/** Names and values that a comment quotes. */
const QUOTED_TEXT = /`[^`]*`/g;
const TEXTS = /\.(?:md|html|json)$/;
const QUOTED = /`[^`]*`|"[^"]*"|@param \w+/g;

/** Words that the glossary of CONTRIBUTING.md replaces. */
const REPLACED_WORDS = new Set(
  (
    'patience turn turns turned turning errand fate judge judged judges judgement rationed untouchable knowledge conduct ' +
    'personality told untold tell tells nobody whoever heard standing stands refute stretch farewell welcome'
  ).split(' '),
);
/** Names in what 0.1.0 stored and printed, which are still read and printed. */
const KEPT_NAMES = new Set(['heard', 'isStanding', 'isTold', 'turningSince']);
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

/** Texts in the code that a person reads: errors, output of the command line. */
function sentencesOf(file: ts.SourceFile): Found[] {
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
    if (isText && /\w \w/.test(node.text)) found.push({ place: placeOf(file, node.getStart(file)), text: node.text });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Files in `folder`, which may also be one file, from the root of the project. */
function filesIn(folder: string): string[] {
  if (statSync(join(ROOT, folder)).isFile()) return [folder];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(join(ROOT, path)).isFile());
}

function linesOf(path: string): Found[] {
  return readFileSync(join(ROOT, path), 'utf8')
    .split('\n')
    .map((line, index) => ({ place: `${path}:${index + 1}`, text: line.replace(QUOTED_TEXT, '') }));
}

/** Keys and placeholders of a catalogue. */
function namesOf(path: string): Found[] {
  const names = (value: unknown): string[] => {
    if (typeof value === 'string') return [...value.matchAll(/__(\w+?)__/g)].map(([, name = '']) => name);
    return Object.entries(value as object).flatMap(([key, inner]) => [key, ...names(inner)]);
  };
  return names(JSON.parse(readFileSync(join(ROOT, path), 'utf8'))).map((text) => ({ place: path, text }));
}

const usesReplacedWord = ({ text }: Found): boolean => wordsOf(text).some((word) => REPLACED_WORDS.has(word));
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
      .filter((found) => REPLACED_LIMITS.test(found.text) || (usesReplacedWord(found) && !KEPT_NAMES.has(found.text)));
    assert.equal(listed(names), '');
  });

  it('uses the verbs of the field in texts', () => {
    const pages = PAGES.flatMap(filesIn).filter((path) => TEXTS.test(path) && !NOT_WRITTEN_HERE.test(path));
    assert.ok(pages.length > 60, `${pages.length} pages`);
    const sentences = files.flatMap(sentencesOf);
    assert.ok(sentences.length > 2_000, `${sentences.length} sentences`);
    assert.equal(listed([...pages.flatMap(linesOf), ...sentences].filter(({ text }) => NOT_TECHNICAL.test(text))), '');
  });

  it('names texts of the catalogues with the words of the glossary', () => {
    // The keys of examples.json are texts.
    const catalogues = filesIn(LOCALES).filter((path) => path.endsWith('.json') && !path.endsWith('examples.json'));
    assert.ok(catalogues.length > 40, `${catalogues.length} catalogues`);
    assert.equal(listed(catalogues.flatMap(namesOf).filter(usesReplacedWord)), '');
  });
});
