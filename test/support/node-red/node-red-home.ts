import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The major versions of Node-RED that the package is tried on. */
export const NODE_RED_MAJORS = [4, 5] as const;
export type NodeRedMajor = (typeof NODE_RED_MAJORS)[number];

/** An installed Node-RED, and the Node.js that it runs on. */
export interface NodeRedHome {
  readonly major: NodeRedMajor;
  /** Path of the program `node`. */
  readonly node: string;
  /** Path of Node-RED's `red.js`. */
  readonly red: string;
}

const root = join(__dirname, '../../..');
const apart = join(root, 'test/node-red-5/node_modules');

/** The version of Node-RED for flow tests: 5 if `NODE_RED_MAJOR=5` is set, as `scripts/ci/node-red-5.mjs` does. */
export const CHOSEN_MAJOR: NodeRedMajor = process.env['NODE_RED_MAJOR'] === '5' ? 5 : 4;

/**
 * The folder of a Node-RED: 4 beside the package, 5 in a folder of its own. The chosen one runs on the Node.js of the
 * tests; 5 in addition to it on the newest Node.js of its folder, since that of the tests may be too old.
 * @throws Error if Node-RED 5 is not installed
 */
export function nodeRedHome(major: NodeRedMajor = CHOSEN_MAJOR): NodeRedHome {
  if (major === 4) return { major, node: process.execPath, red: join(root, 'node_modules/node-red/red.js') };
  const node = CHOSEN_MAJOR === 5 ? process.execPath : join(apart, 'node/bin/node');
  const home = { major, node, red: join(apart, 'node-red/red.js') };
  if (!existsSync(home.node) || !existsSync(home.red))
    throw new Error('Install Node-RED 5 first: node scripts/ci/node-red-5.mjs');
  return home;
}
