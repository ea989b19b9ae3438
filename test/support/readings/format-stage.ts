import type { Format, FormatMessage } from '../../../src/publish/format.js';
import { findFormat } from '../../../src/publish/formats.js';
import { readingOf } from '../../../src/publish/reading.js';
import { type MeterSnapshot, withReading } from '../../../src/publish/meter-snapshot.js';
import type { DecodedMessage } from './decoded.js';

const EXPIRE_AFTER_S = 180;

/** The snapshot of a meter after these messages, the oldest first. */
export function snapshotOf(...messages: readonly DecodedMessage[]): MeterSnapshot {
  let meter: MeterSnapshot | undefined;
  for (const message of messages) {
    meter = withReading(meter, readingOf(message, { serial: '' }, new Date(0)), EXPIRE_AFTER_S);
  }
  if (meter === undefined) throw new Error('No message, no meter');
  return meter;
}

/** The format of this name. */
export function formatOf(name: string, settings: object = {}): Format {
  const definition = findFormat(name);
  if (definition === undefined) throw new Error(`There is no format ${name}`);
  return definition.create({ ...settings });
}

/** The messages that a format makes of the last of these messages of one meter. */
export function formatted(format: Format, ...messages: readonly DecodedMessage[]): readonly FormatMessage[] {
  const reading = readingOf(messages.at(-1)!, { serial: '' }, new Date(0));
  const before = messages.length > 1 ? snapshotOf(...messages.slice(0, -1)) : undefined;
  return format.onReading?.(snapshotOf(...messages), { reading, before, isFirst: before === undefined }) ?? [];
}
