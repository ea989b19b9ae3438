// Compiles src/, nodes/ and plugins/ and puts beside each node what Node-RED expects there: its page (a template and a bundle of
// editor/), its texts, its icon.
// The exports of src/internal.ts become one file: Node-RED would take several times as long to find and load all files.
// A build of the same sources is left as it is: a running program may be using it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateDtsBundle } from 'dts-bundle-generator';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const SOURCES = [
  ...['src', 'nodes', 'plugins', 'editor', 'icons', 'examples', 'scripts/build'],
  ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
];
const RESULTS = ['dist/src', 'dist/nodes', 'dist/plugins'];

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digestOf([...SOURCES, ...RESULTS])) {
  build();
  writeFileSync(stamp, digestOf([...SOURCES, ...RESULTS]));
}

function build() {
  rmSync(dist, { recursive: true, force: true });
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  bundleTypes();
  bundle();
  mkdirSync(join(dist, 'nodes'), { recursive: true });
  cpSync(join(root, 'icons'), join(dist, 'nodes', 'icons'), { recursive: true });
  run('catalogues.ts', join(dist, 'nodes', 'locales'));
  run('editor-pages.ts', dist);
  cpSync(join(root, 'plugins/locales'), join(dist, 'plugins/locales'), { recursive: true });
  run('examples.ts');
}

/** Runs a script of this folder. */
function run(script, ...words) {
  execFileSync(process.execPath, ['--import', 'tsx', join(root, 'scripts/build', script), ...words], {
    cwd: root,
    stdio: 'inherit',
  });
}

/** Bundles the types of the public API into one file: modules that are not shipped have no types either. */
function bundleTypes() {
  const types = join(dist, 'src/index.d.ts');
  const [bundled] = generateDtsBundle([{ filePath: types, output: { exportReferencedTypes: false, noBanner: true } }], {
    preferredConfigPath: join(root, 'tsconfig.build.json'),
  });
  for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith('.d.ts')) rmSync(join(entry.parentPath, entry.name));
  }
  writeFileSync(types, bundled);
}

/** Removes modules that are in the bundle: a class loaded from both would not be the same class. */
function bundle() {
  const compiled = join(dist, 'src');
  for (const entry of readdirSync(compiled, { withFileTypes: true, recursive: true })) {
    const path = relative(compiled, join(entry.parentPath, entry.name));
    const isKept = path === 'index.js' || path.startsWith(`cli${sep}`);
    if (entry.isFile() && path.endsWith('.js') && !isKept) rmSync(join(compiled, path));
  }
  // Without `keepNames`: naming the functions created while decoding would take a third of its time.
  buildSync({
    entryPoints: [join(root, 'src/internal.ts')],
    outfile: join(compiled, 'internal.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
}

/** Hashes names and contents of files and folders, to detect changes. */
function digestOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const what = statSync(join(root, path), { throwIfNoEntry: false });
    hash.update(`${path}\n`);
    if (what?.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) add(join(path, name));
    else if (what) hash.update(readFileSync(join(root, path)));
  };
  paths.forEach(add);
  return hash.digest('hex');
}
