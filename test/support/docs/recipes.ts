/** What the pages for users offer to copy: every fenced block, each of which a test runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** A fenced block of a page. */
export interface Recipe {
  readonly page: string;
  /** Line of the page. */
  readonly line: number;
  /** Heading that it is below. */
  readonly heading: string;
  /** Its place among the blocks below this heading, from 1 on. */
  readonly place: number;
  /** As named at the fence; empty without one. */
  readonly language: string;
  readonly text: string;
}

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ name }) => (folder === '' ? name : `${folder}/${name}`));

/** The pages, those that are generated from the help of nodes included. */
export const PAGES: readonly string[] = [...pagesIn(''), ...pagesIn('docs'), ...pagesIn('docs/nodes')];

/** Every block of every page. */
export const RECIPES: readonly Recipe[] = PAGES.flatMap((page) => recipesOf(page, readFileSync(join(ROOT, page), 'utf8')));

/** The blocks of a page. */
export function recipesOf(page: string, text: string): readonly Recipe[] {
  const places = new Map<string, number>();
  let heading = '';
  let open: { line: number; language: string; lines: string[] } | undefined;
  const recipes: Recipe[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^ *```(\w*) *$/.exec(line);
    if (fence === null) {
      if (open) open.lines.push(line);
      else heading = /^#+ (.+)$/.exec(line)?.[1] ?? heading;
    } else if (open) {
      const place = (places.get(heading) ?? 0) + 1;
      places.set(heading, place);
      recipes.push({ page, line: open.line, heading, place, language: open.language, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else {
      open = { line: index + 1, language: fence[1] ?? '', lines: [] };
    }
  }
  return recipes;
}

/**
 * The text of a block, for the test that runs it. `test/unit/docs/recipes.test.ts` looks for these calls: their arguments are
 * written out.
 * @param place among the blocks below the heading, from 1 on
 * @throws Error if there is none
 */
export function recipe(page: string, heading: string, place = 1): string {
  const found = RECIPES.find((each) => each.page === page && each.heading === heading && each.place === place);
  if (found === undefined) throw new Error(`${page} has no block ${place} below "${heading}"`);
  return found.text;
}
