import tseslint from 'typescript-eslint';

/** What each floor of the house may not import; the floors below it stay open to it. */
const floors = {
  // Ground floor: errors, clock, bytes.
  'src/bytes': ['transport', 'c1218', 'mep', 'optical', 'tables', 'meter', 'readings', 'publish', 'simulator'],
  'src/transport': ['c1218', 'mep', 'optical', 'tables', 'meter', 'readings', 'publish', 'simulator'],
  'src/tables': ['transport', 'c1218', 'mep', 'optical', 'meter', 'readings', 'publish', 'simulator'],
  'src/c1218': ['transport', 'mep', 'optical', 'tables', 'meter', 'readings', 'publish', 'simulator'],
  'src/mep': ['optical', 'tables', 'meter', 'readings', 'publish', 'simulator'],
  'src/optical': ['mep', 'tables', 'meter', 'readings', 'publish', 'simulator'],
  // A Meter does not know which protocol it speaks.
  'src/meter': ['transport', 'mep', 'optical', 'readings', 'publish', 'simulator'],
  'src/readings': ['transport', 'c1218', 'mep', 'optical', 'meter', 'publish', 'simulator'],
  'src/publish': ['transport', 'c1218', 'mep', 'optical', 'meter', 'simulator'],
  // The simulator shares tables and codecs, never a session.
  'src/simulator': [
    'mep/session',
    'mep/line',
    'mep/tls/client',
    'mep/tls-session',
    'optical/session',
    'optical/link',
    'meter',
    'publish',
  ],
};

// The command line stands on top: nothing below knows of it.
for (const others of Object.values(floors)) others.push('cli');

const nodeRed = ['node-red', 'node-red/*', '@node-red/*', '@types/node-red', '@types/node-red/*'];
const serialPort = ['serialport', '@serialport/*'];

const forbid = (groups) => ({ 'no-restricted-imports': ['error', { patterns: groups }] });
const group = (patterns, message) => ({ group: patterns, message });

const floorRules = Object.entries(floors).map(([folder, others]) => ({
  files: [`${folder}/**/*.ts`],
  ignores: ['src/transport/serial.ts', 'src/transport/ports.ts'],
  rules: forbid([
    group(
      others.flatMap((other) => [`**/${other}`, `**/${other}.js`, `**/${other}/**`]),
      `${folder} may only use the floors below it.`,
    ),
    group(nodeRed, 'src/ knows nothing of Node-RED.'),
    group(serialPort, 'Only src/transport/serial.ts touches serialport.'),
  ]),
}));

const pure = ['bytes', 'c1218', 'tables', 'readings', 'publish'].map((folder) => `src/${folder}/**/*.ts`);
const pureMep = ['digest', 'frame-decoder', 'heard', 'message', 'rc4', 'refusal-policy', 'security', 'sequence'];
const pureOptical = ['answers', 'crc', 'message', 'packet', 'packet-decoder', 'requests', 'response-codes'];
pure.push(
  'src/mep/tls/**/*.ts',
  ...pureMep.map((file) => `src/mep/${file}.ts`),
  ...pureOptical.map((file) => `src/optical/${file}.ts`),
);

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '.demo', '.tmp'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      ...forbid([
        group(nodeRed, 'src/ knows nothing of Node-RED.'),
        group(serialPort, 'Only src/transport/serial.ts touches serialport.'),
        group(['**/cli', '**/cli/**'], 'Nothing below uses the command line.'),
      ]),
      'no-console': 'error',
    },
  },
  ...floorRules,
  {
    files: ['src/cli/**/*.ts'],
    rules: forbid([
      { regex: '^\\.\\./(?!index\\.js$)', message: 'The command line uses only src/index.ts.' },
      { regex: '^(?!\\.|node:|commander$)', message: 'The command line needs commander and Node.js alone.' },
    ]),
  },
  {
    files: ['src/transport/serial.ts', 'src/transport/ports.ts'],
    rules: forbid([
      group(
        floors['src/transport'].flatMap((f) => [`**/${f}/**`]),
        'src/transport may only use the floors below it.',
      ),
      group(nodeRed, 'src/ knows nothing of Node-RED.'),
    ]),
  },
  {
    files: pure,
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'process', 'console'],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportDeclaration[source.value=/^node:(?!crypto)/]', message: 'Pure code does no I/O.' },
        { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Pure code has no clock.' },
      ],
    },
  },
  {
    files: ['nodes/**/*.ts'],
    rules: forbid([
      group(['**/src/**', '!**/src/index.js'], 'Nodes use only src/index.ts.'),
      group(serialPort, 'Only src/transport/serial.ts touches serialport.'),
    ]),
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 500 }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['it', 'describe', 'test'], package: 'mocha' }] },
      ],
    },
  },
);
