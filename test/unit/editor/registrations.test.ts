import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMAT_SETTINGS } from '../../../src/publish/format-settings.js';
import { editorTemplate, nodeTypes } from '../../../scripts/build/editor-pages.js';
import { type FakeNode, type Registration, registrationOf } from '../../support/editor/registrations.js';
import { ALL_IN_USE, NUMBERS } from '../../support/node-red/number-settings.js';
import { catalogueOf, lookUp } from '../../support/node-red/texts.js';

const root = join(__dirname, '../../..');
const TYPES = nodeTypes(root);
const registrations = new Map(TYPES.map((type) => [type, registrationOf(type)]));
const of = (type: string): Registration => registrations.get(type) ?? assert.fail(type);

/** A node of a type, with texts in the form that the editor returns. */
function fakeNode(type: string, settings: object = {}): FakeNode {
  const look = (key: string, values: Readonly<Record<string, string | number>> = {}): string =>
    String(lookUp(catalogueOf('en-US', type), key)).replace(/__(\w+?)__/g, (placeholder, name: string) =>
      String(values[name] ?? placeholder),
    );
  return { ...settings, _: look };
}

function verdict(type: string, setting: string, value: unknown, settings: object = {}): unknown {
  const { validate } = of(type).defaults[setting] ?? assert.fail(`${type} has no ${setting}`);
  return validate === undefined ? true : validate.call(fakeNode(type, settings), value, {});
}

/** Numbers that are chosen from a list. */
const CHOICES = ['mep-plausibility phases'];
/** Texts that do not contain the limits. */
const WITHOUT_LIMITS = ['mep-format idx'];

describe('Registrations of the nodes in the editor', () => {
  it('cover every node, and its script has no other', () => {
    const scripts = readdirSync(join(root, 'editor/nodes')).map((file) => file.replace('.ts', ''));
    assert.deepEqual(scripts.sort(), [...TYPES].sort());
    assert.deepEqual(Object.keys(NUMBERS).sort(), [...TYPES].sort());
  });

  for (const type of TYPES) {
    it(`${type}: has a field in its dialog for each setting, and no other`, () => {
      const { defaults, credentials = {} } = of(type);
      const prefix = type === 'mep-config' ? 'node-config-input' : 'node-input';
      const ids = [...editorTemplate(root, type).matchAll(/<(?:input|select)\b[^>]*?\bid="([\w-]+)"/g)];
      assert.deepEqual(
        ids.map(([, id]) => id).sort(),
        Object.keys({ ...defaults, ...credentials })
          .map((name) => `${prefix}-${name}`)
          .sort(),
      );
    });

    it(`${type}: takes a variable for whatever it checks`, () => {
      for (const [setting, { validate }] of Object.entries(of(type).defaults)) {
        if (validate === undefined) continue;
        assert.equal(verdict(type, setting, '${NES_METER-1}', ALL_IN_USE), true, setting);
        assert.equal(validate.length, 2, `${setting}: Node-RED shows no reason`);
      }
    });

    it(`${type}: takes its own defaults`, () => {
      for (const [setting, { value, required }] of Object.entries(of(type).defaults)) {
        if (required === true && value === '') continue;
        assert.equal(verdict(type, setting, value, { transport: 'simulator' }), true, setting);
      }
    });

    it(`${type}: takes numbers within the limits, and names them otherwise`, () => {
      for (const [setting, { min, max, isWhole }] of Object.entries(NUMBERS[type] ?? {})) {
        if (CHOICES.includes(`${type} ${setting}`)) continue;
        for (const good of [min, max]) {
          assert.equal(verdict(type, setting, String(good), ALL_IN_USE), true, `${setting} ${good}`);
        }
        assert.equal(verdict(type, setting, String(min + 0.5), ALL_IN_USE) === true, !isWhole, `${setting} in part`);
        for (const bad of [String(min - 1), String(max + 1), 'x', ' ', '1e1']) {
          const reason = verdict(type, setting, bad, ALL_IN_USE);
          assert.equal(typeof reason, 'string', `${setting} ${bad}`);
          if (!WITHOUT_LIMITS.includes(`${type} ${setting}`)) assert.match(String(reason), new RegExp(`\\b${max}\\b`));
          assert.doesNotMatch(String(reason), /__|undefined/);
        }
      }
    });

    it(`${type}: shows in an empty field its default`, () => {
      const fields = editorTemplate(root, type).matchAll(
        /\bid="node-(?:config-)?input-(\w+)"[^>]*?placeholder="([\d.]+)"/g,
      );
      for (const [, setting = '', shown] of fields) {
        assert.equal(shown, String(NUMBERS[type]?.[setting]?.fallback), setting);
      }
    });
  }

  it('have icons that are there', () => {
    const icons = TYPES.filter((type) => type !== 'mep-config').map((type) => of(type).icon ?? type);
    for (const icon of icons) assert.ok(existsSync(join(root, 'icons', icon)), icon);
    assert.equal(new Set(icons).size, icons.length);
  });

  it('keep older flows: a setting that they do not have is none to complain of', () => {
    for (const setting of ['packetCount', 'userId']) assert.equal(verdict('mep-config', setting, undefined), true);
    assert.equal(verdict('mep-ha-discovery', 'keepReadings', undefined), true);
    for (const type of TYPES.filter((one) => 'maxMeters' in of(one).defaults)) {
      assert.equal(verdict(type, 'maxMeters', undefined), true, type);
    }
  });

  it('check settings only where the others make use of them', () => {
    assert.equal(verdict('mep-config', 'port', '', { transport: 'tcp' }), true);
    assert.equal(verdict('mep-config', 'port', ' ', { transport: 'serial' }), 'A serial port is needed');
    assert.equal(typeof verdict('mep-config', 'host', '', { transport: 'tcp' }), 'string');
    assert.equal(verdict('mep-config', 'tcpPort', 'x', { transport: 'serial' }), true);
    assert.equal(verdict('mep-read-table', 'count', 'x', { mode: 'full' }), true);
    assert.equal(verdict('mep-format', 'idx', '', { format: 'json' }), true);
    assert.equal(typeof verdict('mep-format', 'idx', '', { format: 'domoticz' }), 'string');
    assert.equal(verdict('mep-alarm', 'quietFrom', '', { quietTo: '' }), true);
    assert.equal(typeof verdict('mep-alarm', 'quietFrom', '', { quietTo: '07:00' }), 'string');
    assert.equal(verdict('mep-alarm', 'quietFrom', '22:00', { quietTo: '07:00' }), true);
  });

  it('refuse topics and JSON that cannot be', () => {
    for (const bad of ['a//b', 'a b', '#', '/a']) {
      assert.equal(typeof verdict('mep-format', 'baseTopic', bad), 'string', bad);
      assert.equal(typeof verdict('mep-ha-discovery', 'prefix', bad), 'string', bad);
    }
    for (const bad of ['[1]', '1', 'null', '{'])
      assert.equal(typeof verdict('mep-procedure', 'parameters', bad), 'string', bad);
    assert.equal(verdict('mep-procedure', 'parameters', '{"lock": 1}'), true);
  });

  it('label a node by its name, else by what it does', () => {
    const label = (type: string, settings: object): string => of(type).label.call(fakeNode(type, settings));
    const attic = { name: 'Attic', host: 'bridge', tcpPort: '2000', port: '/dev/ttyUSB0' };
    assert.equal(label('mep-config', { ...attic, transport: 'tcp' }), 'Attic at bridge:2000');
    assert.equal(label('mep-config', { ...attic, transport: 'serial' }), 'Attic at /dev/ttyUSB0');
    assert.equal(label('mep-config', { ...attic, transport: 'simulator' }), 'Attic (simulated)');
    assert.equal(label('mep-config', { name: 'Attic', transport: 'serial', port: '' }), 'Attic');
    assert.equal(label('mep-config', { transport: 'tcp', host: 'bridge', tcpPort: '2000' }), 'bridge:2000');
    assert.equal(label('mep-config', { transport: 'serial', port: '/dev/ttyUSB0' }), '/dev/ttyUSB0');
    assert.match(label('mep-read-table', { table: 'BT28', interval: '10' }), /BT28.*10/);
    assert.equal(label('mep-read-table', { table: '', interval: '0' }), 'msg.table');
    assert.match(label('mep-decode-table', { table: 'ET03' }), /ET03/);
    assert.match(label('mep-http-server', { format: 'homewizard', port: '8880' }), /:8880$/);
  });
});

describe('The dialog of mep-format', () => {
  it('has a row for each setting of the formats, and texts for each format', () => {
    const { formats, wiring } = catalogueOf('en-US', 'mep-format')['mep-format'] as Record<string, object>;
    assert.deepEqual(Object.keys(formats ?? {}), Object.keys(FORMAT_SETTINGS));
    assert.deepEqual(Object.keys(wiring ?? {}), Object.keys(FORMAT_SETTINGS));
    const template = readFileSync(join(root, 'nodes/mep-format.html'), 'utf8');
    const settings = new Set(Object.values(FORMAT_SETTINGS).flatMap((each) => Object.keys(each)));
    for (const setting of settings) {
      assert.match(template, new RegExp(`data-setting="${setting}"[^]*?id="node-input-${setting}"`));
      assert.ok(setting in of('mep-format').defaults, setting);
    }
  });
});

describe('Templates of the nodes', () => {
  it('hold no script: what runs in the page is compiled and linted', () => {
    for (const type of TYPES) {
      const template = editorTemplate(root, type);
      assert.doesNotMatch(template, /<script(?! type="text\/html")|\son\w+=|<!-- row|mep-type/, type);
    }
    assert.deepEqual(
      readdirSync(join(root, 'resources')).filter((file) => file.endsWith('.js')),
      [],
    );
  });
});
