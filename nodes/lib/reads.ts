import { INTERVAL_LIMITS, isFields, isWithin } from '../../src/internal.js';
import { badSetting, type ConfigProperties } from './settings.js';

/** A table that is read whole and again and again. */
export interface Read {
  /** A name of the catalogue. */
  readonly table: string;
  /** Seconds; 0 = only on a message. */
  readonly interval: number;
}

/**
 * The setting `reads`: tables that a node reads, each at its own interval. Empty in flows of earlier versions.
 * @throws UsageError `bad-setting`
 */
export function readsOf(properties: ConfigProperties): readonly Read[] {
  const given = listOf(properties['reads']);
  return given.map((item) => {
    const { table, interval } = isFields(item) ? item : {};
    const seconds = interval === undefined || interval === '' ? 0 : Number(interval);
    if (typeof table !== 'string' || table.trim() === '' || !isWithin(seconds, INTERVAL_LIMITS))
      throw badSetting('reads');
    return { table: table.trim(), interval: seconds };
  });
}

/** An environment variable gives a list as JSON. */
function listOf(given: unknown): readonly unknown[] {
  if (given === undefined || given === null || given === '') return [];
  const list: unknown = typeof given === 'string' ? parsed(given) : given;
  if (!Array.isArray(list)) throw badSetting('reads');
  return list;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
