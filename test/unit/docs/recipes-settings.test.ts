import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';
import { parse } from 'yaml';
import * as api from '../../../src/index.js';
import { decodeReading } from '../../../src/readings/index.js';
import { DEMO_KEY, SimulatedMeter } from '../../../src/simulator/index.js';
import { changeTable } from '../../../src/tables/schema/change.js';
import { findTable } from '../../../src/tables/index.js';
import { recipe } from '../../support/docs/recipes.js';
import { readExample } from '../../support/node-red/examples.js';
import { decoded, SERIAL } from '../../support/readings/decoded.js';
import { formatOf, formatted, snapshotOf } from '../../support/readings/format-stage.js';

const ROOT = join(__dirname, '../../..');

/** What the format *JSON over MQTT* has published after both tables were read: the payload of each topic. */
const published = new Map(
  [formatted(formatOf('json'), decoded('BT23')), formatted(formatOf('json'), decoded('BT23'), decoded('BT28'))]
    .flat()
    .map(({ topic, payload }) => [topic ?? '', String(payload)]),
);
const state = JSON.parse(published.get(`nes/${SERIAL}/state`) ?? '') as Record<string, unknown>;

describe('Settings for other programs in the pages', () => {
  it('openHAB: the topics and values are published', () => {
    const text = recipe('docs/INTEGRATIONS.md', 'openHAB');
    const topics = [...text.matchAll(/(?:stateTopic|availabilityTopic)="([^"]+)"/g)].map(([, topic]) => topic ?? '');
    assert.equal(topics.length, 5);
    for (const topic of topics) assert.ok(published.has(topic), topic);
    const paths = [...text.matchAll(/JSONPATH:\$\.(\w+)"/g)].map(([, path]) => path ?? '');
    assert.equal(paths.length, 4);
    for (const path of paths) assert.equal(typeof state[path], 'number', path);
    assert.match(text, /payloadAvailable="online", payloadNotAvailable="offline"/);
    const [offline] = formatOf('json').onSilence?.(snapshotOf(decoded('BT28'))) ?? [];
    assert.deepEqual([published.get(`nes/${SERIAL}/availability`), offline?.payload], ['online', 'offline']);
  });

  it('Telegraf: topic, tag and time are as it is set to read them', () => {
    const settings = new Map(
      [...recipe('docs/DATABASES.md', 'Through Telegraf').matchAll(/^ +(\w+) = (.+)$/gm)].map(([, name, value]) => [
        name,
        JSON.parse(value ?? '') as unknown,
      ]),
    );
    const [topic] = settings.get('topics') as string[];
    const pattern = new RegExp(`^${topic?.replace('+', '[^/]+') ?? ''}$`);
    assert.deepEqual([...published.keys()].filter((each) => pattern.test(each)), [`nes/${SERIAL}/state`]);
    assert.deepEqual(settings.get('tag_keys'), ['serial']);
    assert.equal(state['serial'], SERIAL);
    // Go's reference time: the zone is Z or an offset.
    assert.equal(settings.get('json_time_format'), '2006-01-02T15:04:05.000Z07:00');
    assert.match(String(state[String(settings.get('json_time_key'))]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('evcc: the template reads the port of the example', () => {
    const { meters } = parse(recipe('docs/INTEGRATIONS.md', 'P1 telegrams')) as { meters: Record<string, unknown>[] };
    const port = readExample('20-p1-telegrams.json').find(({ type }) => type === 'tcp out')?.['port'];
    assert.deepEqual(meters, [
      { name: 'grid', type: 'template', template: 'dsmr', usage: 'grid', host: '192.168.1.20', port: Number(port) },
    ]);
  });
});

describe('Code in the pages', () => {
  it('a message of a decode node is as shown', () => {
    const shown: { payload?: Record<string, number>; registers?: Record<string, unknown>[] } = {};
    runInNewContext(recipe('README.md', 'The nodes').replace(/, \.\.\./g, ''), { msg: shown });
    const { payload } = decoded('BT28');
    for (const key of Object.keys(shown.payload ?? {})) assert.equal(typeof payload[key], 'number', key);
    const meter = new SimulatedMeter();
    const bytes = meter.image('BT28') ?? assert.fail('BT28');
    const { registers } = decodeReading('BT28', bytes, { dimensions: meter.dimensions });
    const [example] = shown.registers ?? [];
    const real = registers.find(({ source }) => source === example?.['source']) as Record<string, unknown> | undefined;
    assert.deepEqual(Object.keys(example ?? {}).sort(), Object.keys(real ?? {}).sort());
    for (const name of ['source', 'name', 'key', 'unit', 'obis', 'tier']) assert.equal(example?.[name], real?.[name], name);
  });

  it('the program in the README reads a meter', async () => {
    const text = recipe('README.md', 'For developers', 2)
      .replace("transport: 'serial', port: '/dev/ttyUSB0'", "transport: 'simulator', profile: 'gen3'")
      .replace(/^import (.*) from '@nes-meter\/node-red-nes-meter';$/m, 'const $1 = api;');
    const program = ts.transpile(`(async () => { ${text} await meter.close(); return payload; })()`, {
      target: ts.ScriptTarget.ES2022,
    });
    const payload = (await runInNewContext(program, { api, key: DEMO_KEY })) as Record<
      string,
      unknown
    >;
    assert.equal(typeof payload['activePower'], 'number');
  });

  it('fields to write are fields of the table', () => {
    const changes = JSON.parse(recipe('docs/nodes/mep-write-table.md', 'Inputs')) as Record<string, boolean>;
    const meter = new SimulatedMeter();
    const table = findTable('ET50') ?? assert.fail('ET50');
    const image = meter.image('ET50') ?? assert.fail('ET50');
    const changed = changeTable(table, image, changes, meter.dimensions);
    assert.notDeepEqual([...changed], [...image]);
  });

  it('the picture of the house names folders and files that there are', () => {
    const lines = recipe('docs/ARCHITECTURE.md', 'The house on one page').split('\n');
    const named = lines.flatMap((line) => line.match(/(?:^|(?<= ))(?:[a-z0-9-]+\/)+[a-z-]*(?:\.ts)?(?=\s|$)/g) ?? []);
    assert.ok(named.length > 20, named.join(' '));
    assert.deepEqual(
      named.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });
});
