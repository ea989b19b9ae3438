import { createRequire } from 'node:module';
import type { Util } from '@node-red/util';
import { nodeRedHome } from './node-red-home.js';

/** The used part of Node-RED's i18n, whose types lack the language. */
export interface NodeRedI18n {
  init(settings: { readonly lang: string }): void;
  registerMessageCatalog(namespace: string, folder: string, file: string): Promise<unknown>;
  _(key: string, options?: object): string;
  readonly i: { loadLanguages(languages: readonly string[]): Promise<unknown> };
}

const nodeRed = createRequire(nodeRedHome().red);

/** `@node-red/util` of the Node-RED that the tests are run for. */
export const { i18n, util } = createRequire(nodeRed.resolve('@node-red/runtime'))('@node-red/util') as {
  readonly i18n: NodeRedI18n;
  readonly util: Util;
};

/** A copy of a message as Node-RED makes it for several nodes. */
export function cloned<T extends object>(msg: T): T {
  return util.cloneMessage(msg as never);
}
