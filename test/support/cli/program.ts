import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Arguments for `node`, before a TypeScript file of the project that is to run in a process of its own. */
export const TYPESCRIPT: readonly string[] = ['--require', join(ROOT, 'test/mocha/typescript.cjs')];

/** Arguments for `node`, before those of the command line. */
export const PROGRAM: readonly string[] = [...TYPESCRIPT, join(ROOT, 'src/cli/main.ts')];
