import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isFields } from '../../src/internal.js';

/** A node of a flow, as the editor exports it. */
export type FlowNode = Readonly<Record<string, unknown>>;

/** The folder of the package: this file is compiled into a folder below it. */
function packageFolder(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

const NAME = /^\d+-(.+)\.json$/;

/**
 * The example flows by the names of their files, without number: the one source of the flows that the assistant lays out.
 * @param language name of the folder with the translated flows; one that does not exist gives the English flows
 */
export function exampleFlows(
  language: string,
  folder = join(packageFolder(), 'examples'),
): Readonly<Record<string, readonly FlowNode[]>> {
  const translated = new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.normalize() === language.normalize())
      .flatMap(({ name }) => flowsIn(join(folder, name)))
      .map(({ flow }) => [idOf(flow), flow] as const),
  );
  const entries = flowsIn(folder).flatMap(({ file, flow }) => {
    const name = NAME.exec(file)?.[1];
    return name === undefined ? [] : [[name, translated.get(idOf(flow)) ?? flow] as const];
  });
  return Object.fromEntries(entries);
}

/** Flows keep their ids in every language. */
function idOf([tab]: readonly FlowNode[]): unknown {
  return tab?.['id'];
}

function flowsIn(folder: string): { readonly file: string; readonly flow: readonly FlowNode[] }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const flow: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return { file, flow: Array.isArray(flow) ? flow.filter(isFields) : [] };
    });
}
