/** Every table decoder, fed the golden images of the tests: what a decode costs, for each 100 fields it yields. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fromHex } from '../src/bytes/hex.js';
import type * as Tables from '../src/tables/index.js';
import type { Dimensions, FieldValue, TableDescription } from '../src/tables/index.js';
import { median, type Row, seconds } from './measure.js';

const FIXTURES = join(__dirname, '../test/fixtures');
/** What users run, not what a loader makes of the sources on the way. */
const BUILT = '../dist/src/internal.js';

const US_PER_100_FIELDS = 20;
/** A table of fewer fields is held to what this many take: a call costs something whatever the table holds. */
const FEWEST_FIELDS = 20;
const WARM_UP_ROUNDS = 1_500;
const ROUNDS = 200;
const SAMPLES = 15;
const SHOWN = 5;

interface Sample {
  readonly name: string;
  readonly table: TableDescription;
  readonly dims: Dimensions;
  readonly bytes: Uint8Array;
  readonly fields: number;
}

interface Golden {
  readonly table: string;
  readonly hex: string;
  readonly offset?: number;
  readonly partial?: boolean;
  readonly dimensions?: Dimensions;
}

function samples({ decodeTable, DEFAULT_DIMENSIONS, findTable, tableSize }: typeof Tables): Sample[] {
  const files = readdirSync(FIXTURES, { withFileTypes: true, recursive: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.json') && /[BE]T\d\d$/.test(entry.parentPath),
  );
  return files.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
    const { offset = 0, dimensions: dims = DEFAULT_DIMENSIONS } = golden;
    const table = findTable(golden.table);
    const given = fromHex(golden.hex);
    if (!table || !given) throw new Error(`${file} is no golden image`);
    // A part of a table is put into its place, so that the whole table is decoded.
    const isPart = golden.table === 'BT23' || golden.table === 'BT28' || golden.partial === true;
    const bytes = isPart ? new Uint8Array(tableSize(table, dims)) : given;
    if (isPart) bytes.set(given.subarray(0, bytes.length - offset), offset);
    const name = file.slice(FIXTURES.length + 1);
    return { name, table, dims, bytes, fields: fieldsIn(decodeTable(table, bytes, dims)) };
  });
}

/** Single values in what was decoded. */
function fieldsIn(value: FieldValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part: FieldValue) => sum + fieldsIn(part), 0);
}

/** @returns a row for each of the slowest tables, and none for the others, which are within the limit if these are. */
export function benchTables(): Row[] {
  const tables = createRequire(__filename)(BUILT) as typeof Tables;
  const all = samples(tables);
  const decode = ({ table, bytes, dims }: Sample, rounds: number): void => {
    for (let round = 0; round < rounds; round++) tables.decodeTable(table, bytes, dims);
  };
  // All tables in turn: a decoder that has seen one table only is faster than one in use.
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const sample of all) decode(sample, 1);
  const rated = all.map((sample) => {
    const times = Array.from({ length: SAMPLES }, () => seconds(decode.bind(undefined, sample, ROUNDS)) / ROUNDS);
    const us = median(times) * 1e6;
    return { sample, us, rate: (100 * us) / Math.max(sample.fields, FEWEST_FIELDS) };
  });
  rated.sort((one, other) => other.rate - one.rate);
  return rated.slice(0, SHOWN).map(({ sample: { name, fields, bytes }, us, rate }) => ({
    what: `decoding ${name}: ${fields} fields in ${bytes.length} bytes, among the ${SHOWN} slowest of ${all.length}`,
    figure: `${rate.toFixed(1)} us per 100 fields (${us.toFixed(2)} us)`,
    limit: `at most ${US_PER_100_FIELDS} us per 100 fields, ${(US_PER_100_FIELDS * FEWEST_FIELDS) / 100} us below ${FEWEST_FIELDS}`,
    isWithin: rate <= US_PER_100_FIELDS,
  }));
}
