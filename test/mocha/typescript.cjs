// Lets Node.js load the TypeScript of the project, for tests: with `--require`, in mocha and in programs that tests start.
// All files are compiled at once into a folder that belongs to one run, and each process of the run loads from there. The
// loader of tsx costs each process seconds of the processor, and slows decoding, as it names functions whenever they are
// created.
const { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const Module = require('node:module');
const { tmpdir } = require('node:os');
const { dirname, join, relative, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { buildSync } = require('esbuild');

const root = join(__dirname, '../..');
/** The variable in which a process gives those that it starts the path of the compiled files. */
const VARIABLE = 'NES_METER_COMPILED';
const FOLDERS = ['src', 'nodes', 'plugins', 'editor', 'scripts', 'bench'];

/** Paths of all TypeScript files. An installed Node-RED 5 has thousands of files, and none of ours. */
function sources() {
  const tests = readdirSync(join(root, 'test')).filter((name) => name !== 'node-red-5');
  return [...FOLDERS, ...tests.map((name) => join('test', name))].flatMap(filesIn).filter(isSource);
}

function filesIn(path) {
  if (path.endsWith('.ts')) return [join(root, path)];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');

/** Compiles all files into a new folder, which is removed when this process ends. */
function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'nes-meter-compiled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  buildSync({
    absWorkingDir: root,
    entryPoints: sources(),
    outbase: root,
    outdir: folder,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'warning',
  });
  return folder;
}

const folder = (process.env[VARIABLE] ??= compile());

process.setSourceMapsEnabled(true);

/** The path of what a source was compiled to. */
const compiledPath = (source) => join(folder, relative(root, source)).replace(/\.ts$/, '.js');

Module._extensions['.ts'] = (module, source) => {
  const compiled = compiledPath(source);
  // The path of a URL, as Windows has others. What a map names is found from the place of the map.
  const map = `\n//# sourceMappingURL=${pathToFileURL(`${compiled}.map`).pathname}\n`;
  module._compile(readFileSync(compiled, 'utf8') + map, source);
  if (module.exports?.__esModule) module.exports = valuesOf(module.exports);
};

/** The exports of a module as plain properties. Those that esbuild makes are getters, called at each use of a function. */
function valuesOf(exports) {
  return Object.defineProperty({ ...exports }, '__esModule', { value: true });
}

// TypeScript imports modules by the names that they have when compiled.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (request.startsWith('.') && request.endsWith('.js') && parent?.filename?.endsWith('.ts')) {
    const source = resolve(dirname(parent.filename), request.replace(/\.js$/, '.ts'));
    if (existsSync(compiledPath(source))) return source;
  }
  return resolveFilename.call(this, request, parent, ...rest);
};
