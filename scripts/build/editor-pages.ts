import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';

/** In a template: a row that several dialogs share. */
const ROW = /^ *<!-- row: (\w+) -->\n/gm;
/** In a row: the type of the node, whose catalogue has the texts. */
const TYPE = 'mep-type';

/** In a template: a row, and the note that follows it. */
const NOTED_ROW =
  /(<div class="form-row\b[^"]*"[^>]*>(?:(?!<\/?div)[^])*<\/div>\s*)<p ([^>]*\bnes-meter-note\b[^>]*)>/g;
const FIELD =
  /<(input|select)\b((?:(?!aria-describedby)[^>])*?)\bid="([\w-]+)"((?:(?!aria-describedby)[^>])*?)( ?\/?>)/g;

/** The types of the nodes, each of which has a template. */
export function nodeTypes(root: string): string[] {
  return readdirSync(join(root, 'nodes'))
    .filter((file) => file.endsWith('.html'))
    .map((file) => file.replace(/\.html$/, ''));
}

/**
 * The template of a node's dialog, with the rows that it shares with others.
 * @throws Error for a row that does not exist
 */
export function editorTemplate(root: string, type: string): string {
  const template = readFileSync(join(root, 'nodes', `${type}.html`), 'utf8');
  const rows = template.replace(ROW, (_, name: string) =>
    readFileSync(join(root, 'editor/rows', `${name}.html`), 'utf8').replaceAll(TYPE, type),
  );
  return withDescriptions(rows);
}

/** Makes the note below a row the description of its fields, which a screen reader reads with them. */
function withDescriptions(template: string): string {
  return template.replace(NOTED_ROW, (whole, row: string, note: string) => {
    const first = /<(?:input|select)\b[^>]*\bid="([\w-]+)"/.exec(row)?.[1];
    if (first === undefined) return whole;
    const id = /\bid="([\w-]+)"/.exec(note)?.[1];
    const described = row.replace(FIELD, `<$1$2id="$3"$4 aria-describedby="${id ?? `${first}-note`}"$5`);
    return `${described}<p ${id === undefined ? `id="${first}-note" ` : ''}${note}>`;
  });
}

/**
 * The script that registers a node with the editor: a bundle of its module in `editor/nodes`.
 * It is complete in itself, since the other nodes may be disabled. The argument of `registerType` stays a literal, which
 * tools of the flow library read.
 */
export function editorScript(root: string, type: string): string {
  return bundleOf(join(root, 'editor/nodes', `${type}.ts`));
}

function bundleOf(file: string): string {
  // Without an export esbuild takes the file for CommonJS and keeps everything that it imports.
  const contents = `${readFileSync(file, 'utf8')}\nexport {};\n`;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: dirname(file), sourcefile: file, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error(`There is no script in ${file}`);
  return bundle.text;
}

/** The page that Node-RED loads for a node: the template of its dialog and its script. */
export function editorPage(root: string, type: string): string {
  // The name of the script in the developer tools of a browser.
  const name = `//# sourceURL=nes-meter/${type}.js`;
  const script = editorScript(root, type);
  return `${editorTemplate(root, type)}\n<script type="text/javascript">\n${script}${name}\n</script>\n`;
}

/** The names of the plugins, each of which has a script in `editor/plugins`. */
export function pluginNames(root: string): string[] {
  return readdirSync(join(root, 'editor/plugins')).map((file) => file.replace(/\.ts$/, ''));
}

/** The page that Node-RED loads for a plugin of the editor: its styles and its script. */
export function pluginPage(root: string, name: string): string {
  const style = '<link rel="stylesheet" href="resources/@nes-meter/node-red-nes-meter/assistant.css" />';
  const script = bundleOf(join(root, 'editor/plugins', `${name}.ts`));
  return `${style}\n<script type="text/javascript">\n${script}//# sourceURL=nes-meter/${name}.js\n</script>\n`;
}

function writePages(folder: string): void {
  const root = join(__dirname, '../..');
  for (const type of nodeTypes(root)) writeFileSync(join(folder, `nodes/${type}.html`), editorPage(root, type));
  for (const name of pluginNames(root)) writeFileSync(join(folder, `plugins/${name}.html`), pluginPage(root, name));
}

const [, script, folder] = process.argv;
if (script === __filename && folder !== undefined) writePages(folder);
