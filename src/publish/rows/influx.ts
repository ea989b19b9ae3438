import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition } from '../format.js';
import { plainWriter } from '../history-writer.js';
import { plainNumber } from '../plain-number.js';
import { settingError } from '../../setting-values.js';
import { textSetting } from '../settings.js';
import { type Column, formatOfRows, type Row, rowOfEntry } from './columns.js';

const DEFAULTS = FORMAT_SETTINGS.influx;
const NS_PER_MS = '000000';

/** Commas, blanks and equal signs end a name in the line protocol. */
const escaped = (text: string): string => text.replace(/[,= ]/g, '\\$&');

/** The line protocol has no way to write a control character, nor a backslash where an escape could begin. */
const tagOf = ({ serial, id }: Row): string => escaped(/[\p{Cc}\\]/u.test(serial) ? id : serial);

function measurementSetting(value: unknown): string {
  const text = textSetting(value, DEFAULTS.measurement);
  // A leading underscore is reserved, and a # begins a comment.
  if (!/[\p{Cc}\\]/u.test(text) && !/^[_#]/.test(text)) return escaped(text);
  throw settingError('measurement', 'a name without backslashes that does not begin with _ or #');
}

/** Counters are integers (`i`), all else is a float, whatever its digits: the first write fixes the type of a field. */
function field({ name, type }: Column, value: number): string {
  return `${name}=${plainNumber(value)}${type === 'integer' ? 'i' : ''}`;
}

function lineOf(measurement: string, row: Row): string {
  const fields = [...row.values].flatMap(([column, value]) => (value === null ? [] : [field(column, value)]));
  return `${measurement},serial=${tagOf(row)} ${fields.join(',')} ${row.at}${NS_PER_MS}`;
}

/**
 * A line of InfluxDB's line protocol for each reading, and one for each interval and billing read of the history, in the
 * same series; those of a list in one message. A point that comes again overwrites itself. The time is in ns, which is what
 * InfluxDB expects when nothing is said.
 */
export const influx: FormatDefinition = {
  name: 'influx',
  defaults: DEFAULTS,
  create: ({ measurement }) => {
    const name = measurementSetting(measurement);
    return {
      ...formatOfRows((row) => ({ payload: lineOf(name, row) })),
      history: () =>
        plainWriter((entries) => {
          const lines = entries.flatMap((entry) => rowOfEntry(entry) ?? []).map((row) => lineOf(name, row));
          return lines.length === 0 ? [] : [{ payload: lines.join('\n') }];
        }),
    };
  },
};
