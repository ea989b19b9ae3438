import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import ts from 'typescript';
import manifest from '../../package.json';
import {
  EXAMPLE_FOLDERS,
  type ExampleTexts,
  type FlowNode,
  translatedFile,
} from '../../scripts/build/translated-examples.js';

const root = join(__dirname, '../..');
const LANGUAGES = ['en-US', 'da', 'de'];

/** Systems of modules, with the ending of a program. */
const SYSTEMS = [
  ['CommonJS', 'cts'],
  ['ECMAScript modules', 'mts'],
] as const;
/** Modules of the package that are not public. */
const INSIDE = ['dist/src/internal.js', 'dist/src/index.js', 'dist/src/meter/meter.js'].map(
  (file) => `${manifest.name}/${file}`,
);

const CONSUMER = `
import { createMeter, decodeReading, isMeterError, type Meter, type TableReading } from '${manifest.name}';
const meter: Meter = createMeter({ protocol: 'mep', transport: 'simulator', security: 'digest', minIntervalMs: 0 });
meter.open();
meter
  .readTable('BT28')
  .then(({ bytes, table, meter: { dimensions } }: TableReading) => {
    const { payload } = decodeReading('BT28', bytes, { offset: table.offset, complete: table.complete, dimensions });
    console.log(typeof payload['voltageL1']);
  })
  .catch((error: unknown) => {
    console.log(isMeterError(error) ? error.code : 'other');
  })
  .finally(() => meter.close());
`;

describe('The package as it is published', () => {
  let directory: string;
  let home: string;
  let files: Set<string>;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'package-'));
    home = join(directory, 'node_modules', manifest.name);
    mkdirSync(home, { recursive: true });
    const packed = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as [{ filename: string; files: { path: string }[] }];
    files = new Set(packed[0].files.map(({ path }) => path));
    execFileSync('tar', ['xzf', join(directory, packed[0].filename), '--strip-components=1', '-C', home]);
    for (const name of Object.keys(manifest.dependencies)) {
      symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name));
    }
    mkdirSync(join(directory, 'node_modules', '@types'));
    symlinkSync(join(root, 'node_modules/@types/node'), join(directory, 'node_modules/@types/node'));
    symlinkSync(join(root, 'node_modules/undici-types'), join(directory, 'node_modules/undici-types'));
  });

  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const sources: Readonly<Record<string, string>> = Object.fromEntries(
    SYSTEMS.flatMap(([, ending]) => [
      [`program.${ending}`, CONSUMER],
      [
        `deep.${ending}`,
        INSIDE.map((name, index) => `import * as deep${index} from '${name}';\nvoid deep${index};\n`).join(''),
      ],
    ]),
  );
  let complaints: readonly ts.Diagnostic[];

  /** Compiles all programs that use the package, once: most of the time goes into the declarations that they share. */
  before(() => {
    for (const [file, text] of Object.entries(sources)) writeFileSync(join(directory, file), text);
    const program = ts.createProgram(
      Object.keys(sources).map((file) => join(directory, file)),
      {
        strict: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.Node16,
        moduleResolution: ts.ModuleResolutionKind.Node16,
        types: ['node'],
        typeRoots: [join(directory, 'node_modules/@types')],
        skipLibCheck: false,
      },
    );
    complaints = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  });

  /** What the compiler says about a program and about all that is no program: the declarations of the package as well. */
  const compile = (file: string): { status: number; stdout: string } => {
    const others = Object.keys(sources).filter((other) => other !== file);
    const own = complaints.filter((each) => !others.includes(basename(each.file?.fileName ?? '')));
    const host = {
      getCurrentDirectory: () => directory,
      getCanonicalFileName: (name: string) => name,
      getNewLine: () => '\n',
    };
    return { status: own.length, stdout: ts.formatDiagnostics(own, host) };
  };
  const run = (...args: readonly string[]): string =>
    execFileSync(process.execPath, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  for (const [system, ending] of SYSTEMS) {
    it(`compiles and runs in a program of ${system}`, () => {
      const { status, stdout } = compile(`program.${ending}`);
      assert.equal(status, 0, stdout);
      assert.equal(run(`program.${ending.replace('t', 'j')}`), 'number\n');
    });

    it(`refuses what is not public, in types and at run time, in ${system}`, () => {
      const { status, stdout } = compile(`deep.${ending}`);
      assert.notEqual(status, 0);
      assert.equal(stdout.match(/TS2307/g)?.length, INSIDE.length, stdout);
      const compiled = `deep.${ending.replace('t', 'j')}`;
      for (const name of INSIDE) {
        writeFileSync(join(directory, compiled), ending === 'mts' ? `await import('${name}');` : `require('${name}');`);
        assert.throws(() => run(compiled), /ERR_PACKAGE_PATH_NOT_EXPORTED/, name);
      }
    });
  }

  it('has types for its one public module, and for nothing that is not there', () => {
    const types = [...files].filter((file) => file.endsWith('.d.ts'));
    assert.deepEqual(types, [manifest.exports['.'].types.replace('./', '')]);
    assert.ok(files.has(manifest.exports['.'].default.replace('./', '')));
  });

  it('holds what Node-RED looks for beside each node', () => {
    for (const [type, file] of Object.entries(manifest['node-red'].nodes)) {
      assert.ok(files.has(file), file);
      const html = file.replace(/\.js$/, '.html');
      assert.ok(files.has(html), html);
      for (const language of LANGUAGES) {
        for (const ending of ['json', 'html']) {
          const text = `dist/nodes/locales/${language}/${type}.${ending}`;
          assert.ok(files.has(text), text);
        }
      }
      const source = readFileSync(join(home, html), 'utf8');
      assert.match(source, new RegExp(`RED\\.nodes\\.registerType\\("${type}",\\{`));
      const icon = /\bicon:"([^"]+)"/.exec(source)?.[1];
      if (type !== 'mep-config')
        assert.ok(files.has(`dist/nodes/icons/${icon ?? ''}`), `${type}: ${icon ?? 'no icon'}`);
      for (const [, resource] of source.matchAll(/resources\/@nes-meter\/node-red-nes-meter\/([\w.-]+)/g)) {
        assert.ok(files.has(`resources/${resource}`), resource);
      }
    }
  });

  it('holds the examples in each language, equal to their texts', () => {
    const examples = join(root, 'examples');
    const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
    const names = readdirSync(examples)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.replace(/\.json$/, ''));
    for (const name of names) assert.ok(files.has(`examples/${name}.json`), name);
    for (const [language, folder] of Object.entries(EXAMPLE_FOLDERS)) {
      const texts = read(join(root, 'nodes/locales', language, 'examples.json')) as ExampleTexts;
      const expected = names.map((name) =>
        translatedFile(name, read(join(examples, `${name}.json`)) as FlowNode[], texts),
      );
      assert.deepEqual(readdirSync(join(home, 'examples', folder)).sort(), expected.map(([file]) => file).sort());
      for (const [file, text] of expected) {
        assert.equal(readFileSync(join(home, 'examples', folder, file), 'utf8'), text, file);
      }
    }
  });

  it('holds no script that a page has to load by itself', () => {
    assert.deepEqual(
      [...files].filter((file) => file.startsWith('resources/') && file.endsWith('.js')),
      [],
    );
  });

  it('holds no source and no test, and a command line that starts', () => {
    for (const file of files) {
      assert.doesNotMatch(file, /^(src|nodes|test|scripts|editor)\//);
      assert.ok(existsSync(join(home, file)), file);
    }
    assert.equal(run(join(home, manifest.bin['nes-meter']), '--version'), `${manifest.version}\n`);
  });
});
