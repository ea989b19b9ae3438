import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import { EDITOR_USES, FLOORS, floorsRule, PACKAGES, WALLS } from '../../lint/floors.cjs';

const root = join(__dirname, '../..');
const linter = new Linter({ cwd: root });
const config: Linter.Config = {
  files: ['**/*.ts'],
  languageOptions: { parser },
  plugins: { house: { rules: { floors: floorsRule } } },
  rules: { 'house/floors': 'error' },
};

/** Messages of the rule for each line of the code in a file that need not exist. */
function complaintsByLine(file: string, lines: readonly string[]): readonly (readonly string[])[] {
  const found = linter.verify(lines.join('\n'), config, { filename: join(root, file) });
  return lines.map((_, index) =>
    found
      .filter(({ line }) => line === index + 1)
      .map(({ message, fatal }) => (fatal === true ? `fatal: ${message}` : message)),
  );
}

/** Messages of the rule for one line of code in a file that need not exist. */
function complaints(file: string, code: string): readonly string[] {
  return complaintsByLine(file, [code])[0]!;
}

const FORMS: Readonly<Record<string, (module: string) => string>> = {
  'a static import': (module) => `import { x } from '${module}';`,
  'an import for its effect': (module) => `import '${module}';`,
  'an import of types': (module) => `import type { X } from '${module}';`,
  'an export from': (module) => `export { x } from '${module}';`,
  'an export of all': (module) => `export * from '${module}';`,
  'a lazy import': (module) => `export const load = () => import('${module}');`,
  'a type of an import': (module) => `export type X = import('${module}').X;`,
  'a require': (module) => `const x = require('${module}');`,
  'an import by require': (module) => `import x = require('${module}');`,
};

const rooms = FLOORS.flat();
const levelOf = (room: string): number => FLOORS.findIndex((floor) => floor.includes(room));
const isFile = (room: string): boolean => roomFiles.has(room);
const entries = readdirSync(join(root, 'src'), { withFileTypes: true });
const roomFiles = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name.replace('.ts', '')));

/** The path of a file of a room, and its import of a module of another room. */
const fileIn = (room: string): string => (isFile(room) ? `src/${room}.ts` : `src/${room}/deep/x.ts`);
const moduleOf = (target: string, from: string): string =>
  `${isFile(from) ? './' : '../../'}${target}${isFile(target) ? '' : '/y'}.js`;

function isForbidden(from: string, to: string): boolean {
  if (from === to) return false;
  return levelOf(to) >= levelOf(from) || (WALLS[from] ?? []).includes(to);
}

describe('The floors of the house', () => {
  it('have a place for every room of src/, and no other', () => {
    const found = entries.map(({ name }) => name.replace('.ts', ''));
    assert.deepEqual([...found].sort(), [...rooms].sort());
    for (const walled of Object.keys(WALLS)) assert.ok(rooms.includes(walled), walled);
  });

  for (const from of rooms) {
    it(`refuse every forbidden import of src/${from}, in each form, and no other`, () => {
      const tried = rooms.flatMap((to) => Object.entries(FORMS).map(([form, code]) => ({ to, form, code })));
      const found = complaintsByLine(
        fileIn(from),
        tried.map(({ to, code }) => code(moduleOf(to, from))),
      );
      for (const [index, { to, form }] of tried.entries()) {
        const complaint = found[index]!;
        assert.equal(
          complaint.length,
          isForbidden(from, to) ? 1 : 0,
          `${from} -> ${to} as ${form}: ${complaint.join()}`,
        );
        assert.ok(!complaint[0]?.startsWith('fatal'), complaint[0]);
      }
    });
  }

  it('keep the sessions from the simulator', () => {
    for (const session of (WALLS['simulator'] ?? []).filter((walled) => walled.includes('/'))) {
      assert.equal(complaints('src/simulator/x.ts', `import '../${session}.js';`).length, 1, session);
    }
    assert.deepEqual(complaints('src/simulator/x.ts', "import '../mep/digest.js';"), []);
  });

  it('leave src/ one door for the nodes, and none back', () => {
    for (const room of rooms) {
      const found = complaints('nodes/lib/x.ts', `import '../../src/${room}${isFile(room) ? '' : '/y'}.js';`);
      assert.equal(found.length, room === 'internal' ? 0 : 1, room);
    }
    assert.equal(complaints('nodes/mep-x.ts', "import '../src/tables/index.js';").length, 1);
    assert.deepEqual(complaints('nodes/mep-x.ts', "import './lib/index.js';"), []);
    assert.equal(complaints('nodes/mep-x.ts', "import './mep-y.js';").length, 1);
    assert.equal(complaints('nodes/lib/x.ts', "import '../mep-y.js';").length, 1);
    for (const room of rooms) assert.equal(complaints(fileIn(room), "import '../../nodes/lib/x.js';").length, 1, room);
  });

  it('leave the plugins the same door, and what the nodes share', () => {
    for (const room of rooms) {
      const found = complaints('plugins/lib/x.ts', `import '../../src/${room}${isFile(room) ? '' : '/y'}.js';`);
      assert.equal(found.length, room === 'internal' ? 0 : 1, room);
    }
    assert.deepEqual(complaints('plugins/x.ts', "import '../nodes/lib/index.js';"), []);
    assert.deepEqual(complaints('plugins/x.ts', "import './lib/y.js';"), []);
    assert.deepEqual(complaints('plugins/x.ts', "import type { NodeAPI } from 'node-red';"), []);
    for (const name of ['../nodes/mep-y.js', '../editor/fields.js', '../test/support/until.js', 'lodash', 'mqtt']) {
      assert.equal(complaints('plugins/x.ts', `import '${name}';`).length, 1, name);
    }
    for (const file of ['src/meter/x.ts', 'nodes/lib/x.ts', 'editor/nodes/x.ts']) {
      assert.equal(complaints(file, "import '../../plugins/lib/y.js';").length, 1, file);
    }
  });

  it('leave the editor a few modules of src/, and nothing that a browser lacks', () => {
    for (const room of rooms) {
      const found = complaints('editor/nodes/x.ts', `import '../../src/${room}${isFile(room) ? '' : '/y'}.js';`);
      assert.equal(found.length, EDITOR_USES.includes(`src/${room}`) ? 0 : 1, room);
    }
    for (const used of EDITOR_USES) assert.deepEqual(complaints('editor/x.ts', `import '../${used}.js';`), [], used);
    assert.deepEqual(complaints('editor/nodes/x.ts', "import '../fields.js';"), []);
    assert.deepEqual(complaints('editor/x.ts', "import type { EditorRED } from 'node-red';"), []);
    for (const name of ['node:fs', 'fs', 'serialport', 'jquery', '../nodes/lib/index.js', '../test/support/until.js']) {
      assert.equal(complaints('editor/x.ts', `import '${name}';`).length, 1, name);
    }
    for (const file of ['src/meter/x.ts', 'nodes/lib/x.ts']) {
      assert.equal(complaints(file, "import '../../editor/fields.js';").length, 1, file);
    }
  });

  it('keep src/ and nodes/ from tests, scripts and packages that are not listed', () => {
    assert.equal(complaints('src/meter/x.ts', "import '../../test/support/until.js';").length, 1);
    assert.equal(complaints('nodes/x.ts', "import '../scripts/y.js';").length, 1);
    for (const name of ['lodash', 'mqtt', 'node-red/lib', ...Object.keys(PACKAGES)]) {
      assert.equal(complaints('src/tables/x.ts', `import '${name}';`).length, 1, name);
    }
    assert.deepEqual(complaints('src/transport/serial.ts', "await import('serialport');"), []);
    assert.equal(complaints('src/transport/tcp.ts', "await import('@serialport/stream');").length, 1);
    assert.deepEqual(complaints('nodes/x.ts', "import type { Node } from 'node-red';"), []);
    assert.deepEqual(complaints('src/tables/x.ts', "import 'node:crypto';"), []);
  });
});
