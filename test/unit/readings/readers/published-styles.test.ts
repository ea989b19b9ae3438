import assert from 'node:assert/strict';
import { type KnownReader, readerName, type ReaderMessage, receiveFromReader } from '../../../../src/readings/index.js';
import { readFixtures } from '../../../support/fixtures/fixtures.js';

/** Messages of a reader, taken from its sources and documentation; numbers and serial numbers are invented. */
interface PublishedStyle {
  readonly reader: string;
  readonly style: string;
  /** The time at which the messages arrive. */
  readonly now: string;
  readonly messages: readonly { readonly topic: string | null; readonly payload: string }[];
  /** null if no message is a reading. */
  readonly meter: ReaderMessage['meter'] | null;
  readonly values: Readonly<Record<string, number>> | null;
}

/** The readings in consecutive messages. */
function readingsIn({ messages, now }: PublishedStyle): { message: ReaderMessage; readAt: number }[] {
  const known = new Map<string, KnownReader>();
  const readings = [];
  for (const { topic, payload } of messages) {
    const name = readerName(topic);
    const { reader, result } = receiveFromReader(known.get(name), { topic, payload }, Date.parse(now));
    known.set(name, reader);
    if (result.kind === 'reading') readings.push(result);
  }
  return readings;
}

describe('Every style that readers publish', () => {
  for (const [name, style] of readFixtures<PublishedStyle>('readers')) {
    const what = style.values === null ? 'is no reading' : 'is taken whole';
    it(`${what}: ${name}`, () => {
      const readings = readingsIn(style);
      const values = readings
        .flatMap(({ message }) => Object.entries(message.payload))
        .filter(([, value]) => value !== null);
      assert.deepEqual(
        Object.fromEntries(values.sort()),
        Object.fromEntries(Object.entries(style.values ?? {}).sort()),
      );
      const serials = new Set(readings.map(({ message }) => message.meter.serial).filter((serial) => serial !== null));
      assert.deepEqual([...serials], style.meter?.serial ? [style.meter.serial] : []);
      const described = readings.find(({ message }) => message.meter.serial !== null) ?? readings[0];
      assert.deepEqual(described?.message.meter ?? null, style.meter);
      for (const { readAt } of readings) assert.ok(readAt <= Date.parse(style.now), 'not in the future');
    });
  }
});
