// The floors as data: which room may use which. `eslint.config.mjs` makes the lint rule from it, `docs/ARCHITECTURE.md`
// shows it, and test/unit/floors.test.ts tries every forbidden pair.
const { dirname, posix, relative, sep } = require('node:path');

/**
 * The rooms of `src/` from the ground up: folders, and files without `.ts`. A room uses rooms of lower floors only; rooms
 * of one floor do not use each other.
 */
const FLOORS = [
  ['errors', 'backoff', 'version', 'limits', 'link-state', 'texts'],
  ['error-kinds', 'error-texts', 'setting-values', 'clock', 'bytes', 'mutex'],
  ['transport'],
  ['tables', 'mbus'],
  ['c1218'],
  ['mep', 'optical'],
  ['meter'],
  ['readings'],
  ['history'],
  ['publish'],
  ['simulator'],
  ['connect'],
  ['internal'],
  ['index'],
  ['cli'],
];

const PORTS = ['transport', 'c1218', 'mep', 'optical', 'meter'];

/** Modules that a room may not use although they are on a lower floor. A path names one module of a room. */
const WALLS = {
  tables: ['transport'],
  mbus: ['transport'],
  c1218: ['transport', 'tables'],
  mep: ['tables'],
  optical: ['tables'],
  meter: ['transport', 'mep', 'optical'],
  readings: PORTS,
  history: PORTS,
  publish: PORTS,
  // The simulator shares tables and codecs, never a session.
  simulator: [
    'meter',
    'readings',
    'history',
    'publish',
    'mep/session',
    'mep/line',
    'mep/tls/client',
    'mep/tls-session',
    'optical/session',
    'optical/link',
  ],
  index: FLOORS.flat().filter((room) => room !== 'internal' && room !== 'index'),
  cli: FLOORS.flat().filter((room) => room !== 'internal' && room !== 'cli'),
};

/**
 * The modules of `src/` that the scripts of the editor use. They have no I/O, are small enough for a page, and run in a
 * browser, which lacks the modules of Node.js.
 */
const EDITOR_USES = ['src/limits', 'src/texts', 'src/connect/access-key', 'src/publish/format-settings'];

/** The only module of `src/` that nodes and plugins may import; `src/index` is the one for other programs. */
const DOOR = 'src/internal';

/** Packages that `src/`, `nodes/`, `plugins/` and `editor/` may import, and where: a folder or one file. Built-in modules are not listed. */
const PACKAGES = {
  serialport: ['src/transport/serial.ts', 'src/transport/ports.ts'],
  commander: ['src/cli'],
  '@homebridge/ciao': ['nodes/lib/mdns.ts'],
  'node-red': ['nodes', 'plugins', 'editor'],
};

const levelOf = new Map(FLOORS.flatMap((rooms, level) => rooms.map((room) => [room, level])));

/** @returns the room of a path below `src/`, such as `tables` of `src/tables/schema/walk` */
function roomOf(path) {
  return path.split('/')[1];
}

/**
 * The reason why one file may not import another.
 * @param file path of the importing file from the root of the project, with `/`
 * @param target the imported module in the same form, without its extension
 * @returns undefined if it may
 */
function refusedImport(file, target) {
  const [area] = file.split('/');
  const [targetArea] = target.split('/');
  if (area === 'editor') return refusedByEditor(target);
  if (area === 'plugins') return refusedByPlugins(target);
  if (targetArea !== 'src' && targetArea !== 'nodes') {
    return target === 'package.json' ? undefined : `${area}/ uses only src/ and nodes/, not ${target}.`;
  }
  if (area === 'nodes') return refusedByNodes(file, target);
  if (targetArea === 'nodes') return 'src/ does not know the nodes.';
  const room = roomOf(file.replace(/\.ts$/, ''));
  const targetRoom = roomOf(target);
  if (room === targetRoom) return undefined;
  const level = levelOf.get(room);
  const targetLevel = levelOf.get(targetRoom);
  if (level === undefined) return `src/${room} is on no floor: add it to lint/floors.cjs.`;
  if (targetLevel === undefined) return `src/${targetRoom} is on no floor: add it to lint/floors.cjs.`;
  if (targetLevel >= level) return `src/${room} uses only floors below it, and src/${targetRoom} is not.`;
  const wall = (WALLS[room] ?? []).find((walled) => `${target}/`.startsWith(`src/${walled}/`));
  return wall && `src/${room} must not use src/${wall}.`;
}

function refusedByEditor(target) {
  if (target.startsWith('editor/') || EDITOR_USES.includes(target)) return undefined;
  return `editor/ uses only ${EDITOR_USES.join(', ')} of the project.`;
}

function refusedByPlugins(target) {
  if (target === DOOR || target.startsWith('nodes/lib/') || target.startsWith('plugins/lib/')) return undefined;
  return `plugins/ uses only ${DOOR}.ts and nodes/lib of the project, not ${target}.`;
}

function refusedByNodes(file, target) {
  if (target.startsWith('src/')) return target === DOOR ? undefined : `Nodes use only ${DOOR}.ts of src/.`;
  if (target.startsWith('nodes/lib/')) return undefined;
  return file.startsWith('nodes/lib/') ? 'nodes/lib does not know the nodes.' : 'A node does not use another node.';
}

/** The reason why a file may not import a package; undefined if it may. */
function refusedPackage(file, name) {
  if (name.startsWith('node:')) return file.startsWith('editor/') ? 'A browser has no modules of Node.js.' : undefined;
  const known = Object.keys(PACKAGES).find((one) => name === one || name.startsWith(`${one}/`));
  if (known === undefined) return `${name} is not among the packages of lint/floors.cjs.`;
  const isAllowed = PACKAGES[known].some((place) => file === place || file.startsWith(`${place}/`));
  return isAllowed ? undefined : `Only ${PACKAGES[known].join(', ')} may use ${known}.`;
}

/** The module that `name` refers to in `file`, as a path from the root without its extension. */
function targetOf(file, name) {
  return posix.join(posix.dirname(file), name).replace(/\.[jt]s$/, '');
}

/** An ESLint rule for files of `src/`, `nodes/`, `plugins/` and `editor/`: checks every form of import against the floors. */
const floorsRule = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{reason}}' } },
  create(context) {
    const file = relative(dirname(__dirname), context.filename).split(sep).join('/');
    const check = (node, source) => {
      const name = source?.value;
      if (typeof name !== 'string') return;
      const reason = name.startsWith('.') ? refusedImport(file, targetOf(file, name)) : refusedPackage(file, name);
      if (reason !== undefined) context.report({ node, messageId: 'refused', data: { reason } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check(node, node.source),
      TSExternalModuleReference: (node) => check(node, node.expression),
      'CallExpression[callee.name="require"]': (node) => check(node, node.arguments[0]),
    };
  },
};

module.exports = { FLOORS, WALLS, EDITOR_USES, PACKAGES, floorsRule };
