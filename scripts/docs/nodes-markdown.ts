import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HELP = /<script type="text\/markdown" data-help-name="([\w-]+)">\n([\s\S]*?)<\/script>/;
/** A property of a message as Node-RED's help writes it: `: payload (string) : text`. */
const PROPERTY = /^: ([^()]+?) \(([^)]+)\) : (.*)$/;

/** The help of a node as a page that can be read without Node-RED. */
export function nodeMarkdown(help: string): { type: string; page: string } {
  const [, type = '', text = ''] = HELP.exec(help) ?? [];
  if (type === '') throw new Error('There is no help in this file');
  const lines = text.split('\n').map((line) => {
    const [, name, kind, description] = PROPERTY.exec(line) ?? [];
    if (name !== undefined) return `- \`${name}\` (${(kind ?? '').replaceAll('|', 'or')}): ${description ?? ''}`;
    return line.replace(/^###/, '##');
  });
  const note = `<!-- Made from nodes/locales/en-US/${type}.html by npm run docs. -->`;
  return { type, page: `# ${type}\n\n${note}\n\n${lines.join('\n').trim()}\n` };
}

/** The pages of all nodes, by file name, and an index. */
export function nodePages(root: string): ReadonlyMap<string, string> {
  const folder = join(root, 'nodes/locales/en-US');
  const pages = readdirSync(folder)
    .filter((file) => file.endsWith('.html'))
    .map((file) => nodeMarkdown(readFileSync(join(folder, file), 'utf8')));
  const list = pages.map(({ type, page }) => `- [${type}](${type}.md): ${page.split('\n')[4] ?? ''}`);
  return new Map([
    ['README.md', `# The nodes\n\n${list.join('\n')}\n`],
    ...pages.map(({ type, page }): [string, string] => [`${type}.md`, page]),
  ]);
}
