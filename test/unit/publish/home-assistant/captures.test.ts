import assert from 'node:assert/strict';
import { hex } from '../../../support/fixtures/exchanges.js';
import { readFixtures } from '../../../support/fixtures/fixtures.js';
import { assertDiscovery, templateKeys } from '../../../support/sinks/home-assistant-schema.js';
import { receiveReading } from '../../../support/readings/home-assistant-stage.js';
import { readingOf } from '../../../../src/publish/reading.js';
import { homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import { decodeReading, describeKey, type Payload } from '../../../../src/readings/index.js';
import {
  findSource,
  findSummationSource,
  PRINTED_PRESENT_VALUE_SOURCES,
  PRINTED_SUMMATION_SOURCES,
  type TableName,
  type TableValues,
} from '../../../../src/tables/index.js';

interface Capture {
  readonly dimensions?: Readonly<Record<TableName, TableValues>>;
  readonly offset?: number;
  readonly complete?: boolean;
  readonly hex: string;
}

const settings = homeAssistantSettings({});
const NOW = new Date('2026-11-20T12:00:00Z');

function published(payload: Payload): { announced: string[]; state: Record<string, unknown> } {
  const reading = readingOf({ payload, meter: { serial: '83334000001' } }, settings, NOW);
  const { messages } = receiveReading(undefined, reading, settings);
  const { topic, payload: text } = messages.find((message) => message.topic.includes('/nes_'))!;
  const discovery = assertDiscovery(topic, text);
  return {
    announced: templateKeys(discovery).filter((key) => key !== 'timestamp'),
    state: JSON.parse(messages.at(-1)!.payload) as Record<string, unknown>,
  };
}

describe('real captures in Home Assistant', () => {
  for (const table of ['BT23', 'BT28'] as const) {
    for (const [name, capture] of readFixtures<Capture>(table)) {
      it(`${table} ${name}: each value the meter sent, as decoded, and no other`, () => {
        const { payload } = decodeReading(table, hex(capture.hex), {
          ...(capture.offset !== undefined && { offset: capture.offset }),
          ...(capture.dimensions && { dimensions: capture.dimensions }),
        });
        const { announced, state } = published(payload);
        const measured = Object.entries(payload).filter(([, value]) => value !== null);
        assert.ok(measured.length > 0);
        assert.deepEqual(state, { timestamp: NOW.toISOString(), ...Object.fromEntries(measured) });
        assert.deepEqual(announced, Object.keys(Object.fromEntries(measured)));
      });
    }
  }
});

describe('what the generations of meters measure, in Home Assistant', () => {
  const generations = { gen2: [11, 4, 22], gen3: [11, 4, 55], gen4: [19, 8, 84] } as const;
  for (const [generation, [summations, tiers, presentValues]] of Object.entries(generations)) {
    it(`${generation}: ${summations} summations, ${tiers} tiers, ${presentValues} values`, () => {
      const totals = PRINTED_SUMMATION_SOURCES.slice(0, summations).map((id) => findSummationSource(id).key);
      const values = PRINTED_PRESENT_VALUE_SOURCES.slice(0, presentValues).map((id) => findSource(id).key);
      const ofTiers = Array.from({ length: tiers }, (_, tier) =>
        totals.map((key) => `tier${tier + 1}${key.charAt(0).toUpperCase()}${key.slice(1)}`),
      ).flat();
      const keys = [...totals, ...ofTiers, ...values].filter((key) => describeKey(key) !== undefined);
      assert.ok(keys.length >= summations + presentValues);
      const { announced } = published(Object.fromEntries(keys.map((key, index) => [key, index])));
      assert.deepEqual(announced, keys);
    });
  }
});
