import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import floors from './lint/floors.cjs';

const pure = ['bytes', 'c1218', 'tables', 'readings', 'publish'].map((folder) => `src/${folder}/**/*.ts`);
const pureMep = [
  'attempt',
  'digest',
  'frame-decoder',
  'message',
  'rc4',
  'receive-diagnostics',
  'refusal-policy',
  'response-timeout',
  'security',
  'sequence',
];
const pureOptical = ['answers', 'crc', 'message', 'packet', 'packet-decoder', 'requests', 'response-codes'];
pure.push(
  'src/mep/tls/**/*.ts',
  ...pureMep.map((file) => `src/mep/${file}.ts`),
  ...pureOptical.map((file) => `src/optical/${file}.ts`),
);

/** Of Node.js: the scripts of the editor are compiled with its types, and run where it is not. */
const nodeOnly = ['process', 'Buffer', 'require', 'module', 'global', '__dirname', '__filename', 'setImmediate'];

export default tseslint.config(
  { ignores: ['docs/api', 'dist', 'node_modules', 'coverage', '.demo', '.tmp'] },
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
    files: ['src/**/*.ts', 'nodes/**/*.ts', 'plugins/**/*.ts', 'editor/**/*.ts'],
    plugins: { house: { rules: { floors: floors.floorsRule } } },
    rules: { 'house/floors': 'error' },
  },
  { files: ['src/**/*.ts', 'editor/**/*.ts'], rules: { 'no-console': 'error' } },
  { files: ['editor/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...nodeOnly] } },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: globals.node },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/support/editor/cut-texts.js'],
    languageOptions: { sourceType: 'script', globals: globals.browser },
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
    files: ['nodes/**/*.ts', 'plugins/**/*.ts'],
    ignores: ['nodes/lib/texts.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.property.name='_']", message: 'Texts come from nodes/lib/texts.ts.' },
      ],
    },
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
