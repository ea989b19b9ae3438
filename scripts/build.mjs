// Compiles src/ and nodes/ and puts beside each node what Node-RED looks for there: its template, its words, its icon.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
mkdirSync(join(dist, 'nodes'), { recursive: true });
for (const file of readdirSync(join(root, 'nodes'))) {
  if (file.endsWith('.html')) cpSync(join(root, 'nodes', file), join(dist, 'nodes', file));
}
cpSync(join(root, 'nodes', 'locales'), join(dist, 'nodes', 'locales'), { recursive: true });
cpSync(join(root, 'icons'), join(dist, 'nodes', 'icons'), { recursive: true });
