import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { editorScript } from '../../../scripts/build/editor-pages.js';

const root = join(__dirname, '../../..');

/** A node in the editor, with what validators and labels use. */
export type FakeNode = Readonly<Record<string, unknown>> & {
  readonly _: (key: string, values?: Readonly<Record<string, string | number>>) => string;
};

export interface FakeProperty {
  readonly value: unknown;
  readonly required?: boolean;
  readonly type?: string;
  readonly validate?: (this: FakeNode, value: unknown, options: object | undefined) => unknown;
}

/** What a node registers with the editor. */
export interface Registration {
  readonly defaults: Readonly<Record<string, FakeProperty>>;
  readonly credentials?: Readonly<Record<string, { readonly type: string }>>;
  readonly icon?: string;
  readonly outputs?: number;
  readonly label: (this: FakeNode) => string;
}

/** Runs the script of a node as a page would, before any dialog is open. */
export function registrationOf(type: string): Registration {
  const found = new Map<string, Registration>();
  const registerType = (name: string, definition: Registration): void => {
    found.set(name, definition);
  };
  const noField = { val: () => undefined };
  runInNewContext(editorScript(root, type), { RED: { nodes: { registerType } }, $: () => noField });
  const registration = found.get(type);
  if (registration === undefined || found.size !== 1) throw new Error(`The script does not register ${type} alone`);
  return registration;
}
