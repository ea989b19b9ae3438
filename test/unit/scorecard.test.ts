import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import manifest from '../../package.json';
import lock from '../../package-lock.json';
import { editorScript } from '../../scripts/build/editor-pages.js';
import nodeRed5 from '../node-red-5/package.json';

const root = join(__dirname, '../..');
const MAX_DEPENDENCIES = 6;
/** The oldest Node.js supported by the newest Node-RED. */
const NEWEST_NEEDS = [22, 9, 0];

const nodeTypes = Object.keys(manifest['node-red'].nodes);
const packages = lock.packages as Readonly<Record<string, { version?: string; dependencies?: Record<string, string> }>>;

/** Whether a version satisfies `>=x.y.z`, the one form of range we use. */
function satisfies(version: readonly number[], range: string): boolean {
  const least = /^>=(\d+)\.(\d+)(?:\.(\d+))?$/
    .exec(range)
    ?.slice(1)
    .map((part) => Number(part || '0'));
  assert.ok(least, `${range} is not of the form >=x.y.z`);
  const difference = version.map((part, index) => part - (least[index] ?? 0)).find((part) => part !== 0);
  return (difference ?? 0) >= 0;
}

function exampleTypes(): Set<string> {
  const types = new Set<string>();
  for (const file of readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json')) continue;
    const flow: unknown = JSON.parse(readFileSync(join(root, 'examples', file), 'utf8'));
    assert.ok(Array.isArray(flow), `${file} is no flow`);
    for (const { type } of flow as { type: string }[]) types.add(type);
  }
  return types;
}

/**
 * The properties of the argument of `RED.nodes.registerType` in a script, which tools of the flow library read without
 * running the script.
 */
function registrationIn(script: string, type: string): ReadonlyMap<string, ts.Expression> {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText().endsWith('.registerType')) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('script.js', script, ts.ScriptTarget.Latest, true));
  const [call, ...others] = found;
  assert.deepEqual(others, [], type);
  const [name, definition] = call?.arguments ?? [];
  assert.ok(name && ts.isStringLiteral(name) && name.text === type, type);
  assert.ok(definition && ts.isObjectLiteralExpression(definition), type);
  return new Map(
    definition.properties.map((property) => {
      assert.ok(property.name && ts.isIdentifier(property.name), `${type}: ${property.getText()}`);
      return [property.name.text, ts.isPropertyAssignment(property) ? property.initializer : property.name];
    }),
  );
}

/** All packages that are installed with this one. */
function installed(names: readonly string[], found = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const name of names) {
    const entry = packages[`node_modules/${name}`];
    if (!entry || found.has(name)) continue;
    found.set(name, entry.version ?? '');
    installed(Object.keys(entry.dependencies ?? {}), found);
  }
  return found;
}

/** The checks of the flow library's scorecard, by their names there; P08 (similar names) and D03 (newest) need the network. */
describe('The scorecard of the flow library', () => {
  it('P01: has a license', () => {
    assert.equal(manifest.license, 'MIT');
    assert.match(readFileSync(join(root, 'LICENSE'), 'utf8'), /MIT License/);
  });

  it('P03: names its repository and where to report bugs', () => {
    assert.match(manifest.repository.url, /^git\+https:/);
    assert.match(manifest.bugs.url, /^https:/);
  });

  it('P04: has a scoped name', () => {
    assert.match(manifest.name, /^@[a-z-]+\/[a-z-]+$/);
  });

  it('P05: has the keyword that the flow library looks for', () => {
    assert.ok(manifest.keywords.includes('node-red'));
  });

  it('P06: takes the newest Node-RED', () => {
    const newest = nodeRed5.dependencies['node-red'].split('.').map(Number);
    assert.ok(satisfies(newest, manifest['node-red'].version));
  });

  it('P07: takes the Node.js that the newest Node-RED needs', () => {
    assert.ok(satisfies(NEWEST_NEEDS, manifest.engines.node));
  });

  it('N01: has types of its own', () => {
    for (const type of nodeTypes) assert.match(type, /^mep-/);
  });

  it('N02: shows each of its nodes in an example', () => {
    const shown = exampleTypes();
    assert.deepEqual(
      nodeTypes.filter((type) => !shown.has(type)),
      [],
    );
  });

  it('D01: has few dependencies', () => {
    assert.ok(Object.keys(manifest.dependencies).length <= MAX_DEPENDENCIES);
  });

  it('D02: brings no package that breaks Node-RED', () => {
    const version = installed(Object.keys(manifest.dependencies)).get('agent-base');
    assert.ok(version === undefined || Number(version.split('.')[0]) >= 6, `agent-base ${version}`);
  });

  it('can be read: every node has a literal registration', () => {
    for (const type of nodeTypes) {
      const definition = registrationIn(editorScript(root, type), type);
      for (const name of ['defaults', 'credentials']) {
        const fields = definition.get(name);
        if (fields === undefined && name === 'credentials') continue;
        assert.ok(fields && ts.isObjectLiteralExpression(fields), `${type}: ${name}`);
        assert.ok(
          fields.properties.every((field) => field.name && ts.isIdentifier(field.name)),
          `${type}: ${name}`,
        );
      }
      for (const name of ['category', 'color', 'icon', 'inputs', 'outputs']) {
        const value = definition.get(name);
        assert.ok(value === undefined || ts.isLiteralExpression(value), `${type}: ${name}`);
      }
      assert.ok(definition.has('category'), type);
    }
  });
});
