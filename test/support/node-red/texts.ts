import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGLISH_SHARED } from '../../../scripts/build/catalogues.js';
import { editorTemplate, nodeTypes } from '../../../scripts/build/editor-pages.js';

/** A catalogue of texts of `nodes/locales`. */
export type Catalogue = { readonly [key: string]: string | Catalogue };

const root = join(__dirname, '../../..');
const nodes = join(root, 'nodes');

export const LANGUAGES = readdirSync(join(nodes, 'locales'));
/** The node files, each with a catalogue of its own. */
export const SETS = nodeTypes(root);

/** The catalogue of a node in the build. */
export function catalogueOf(language: string, set: string): Catalogue {
  const catalogue = JSON.parse(readFileSync(join(nodes, 'locales', language, `${set}.json`), 'utf8')) as Catalogue;
  const isEnglish = language === 'en-US' && set === 'mep-config';
  return isEnglish ? { ...catalogue, ...ENGLISH_SHARED } : catalogue;
}

export function lookUp(catalogue: Catalogue, key: string): unknown {
  return key.split('.').reduce<unknown>((branch, name) => (branch as Catalogue | undefined)?.[name], catalogue);
}

export function keysOf(catalogue: Catalogue, prefix = ''): string[] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  );
}

export const placeholders = (text: string): string[] =>
  [...text.matchAll(/__(\w+?)__/g)].map(([, name]) => name!).sort();

/** The modules of the editor, by their path in the project. */
export const EDITOR_MODULES: ReadonlyMap<string, string> = new Map(
  readdirSync(join(root, 'editor'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [`editor/${name}`, readFileSync(join(root, 'editor', name), 'utf8')]),
);

/** The sources that may name a text: dialogs, nodes, shared code, and scripts of the editor. */
export function sources(): string {
  const filesOf = (folder: string, pattern: RegExp): string[] =>
    readdirSync(folder)
      .filter((name) => pattern.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  return [
    ...SETS.map((set) => editorTemplate(root, set)),
    ...filesOf(nodes, /\.ts$/),
    ...filesOf(join(nodes, 'lib'), /\.ts$/),
    ...EDITOR_MODULES.values(),
    ...filesOf(join(root, 'resources'), /\.svg$/),
  ].join('\n');
}
