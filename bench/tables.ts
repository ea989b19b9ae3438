/** Every table decoder, fed the golden images of the tests, compared with JSON.parse of the same values. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fromHex } from '../src/bytes/hex.js';
import type * as Tables from '../src/tables/index.js';
import type { Dimensions, FieldValue, TableDescription } from '../src/tables/index.js';
import { pairedRatio, type Row, seconds } from './measure.js';

const FIXTURES = join(__dirname, '../test/fixtures');
/** The built package, as users run it: a loader would change the sources. */
const BUILT = '../dist/src/internal.js';

/** A table with fewer fields is compared with JSON of this many: each call has a fixed cost. */
const MIN_FIELDS = 20;
const MAX_RATIO = 12;
const WARM_UP_ROUNDS = 1_500;
const ROUNDS = 200;
const PAIRS = 15;
const SHOWN = 5;

interface Sample {
  readonly name: string;
  readonly table: TableDescription;
  readonly dims: Dimensions;
  readonly bytes: Uint8Array;
  readonly fields: number;
  /** The decoded values, repeated to `MIN_FIELDS` fields at least. */
  readonly json: string;
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
    const values = decodeTable(table, bytes, dims);
    const fields = fieldsIn(values);
    const copies = Math.max(1, Math.ceil(MIN_FIELDS / Math.max(1, fields)));
    const json = JSON.stringify(copies === 1 ? values : Array.from({ length: copies }, () => values));
    return { name, table, dims, bytes, fields, json };
  });
}

/** Number of single values. */
function fieldsIn(value: FieldValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part: FieldValue) => sum + fieldsIn(part), 0);
}

/** @returns a row for each of the slowest tables; if these are within the limit, all are. */
export function benchTables(): Row[] {
  const tables = createRequire(__filename)(BUILT) as typeof Tables;
  const all = samples(tables);
  const decode = ({ table, bytes, dims }: Sample, rounds: number): void => {
    for (let round = 0; round < rounds; round++) tables.decodeTable(table, bytes, dims);
  };
  const parse = ({ json }: Sample, rounds: number): void => {
    for (let round = 0; round < rounds; round++) JSON.parse(json);
  };
  // Tables are alternated: a decoder that is warmed up with one table only is faster than in use.
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const sample of all) {
      decode(sample, 1);
      parse(sample, 1);
    }
  }
  const rated = all.map((sample) => {
    const ours = (): number => seconds(decode.bind(undefined, sample, ROUNDS)) / ROUNDS;
    const theirs = (): number => seconds(parse.bind(undefined, sample, ROUNDS)) / ROUNDS;
    return { sample, ...pairedRatio(ours, theirs, PAIRS) };
  });
  rated.sort((one, other) => other.ratio - one.ratio);
  return rated.slice(0, SHOWN).map(({ sample: { name, fields, bytes }, ratio, a, b }) => ({
    what: `decoding ${name}: ${fields} fields in ${bytes.length} bytes, among the ${SHOWN} slowest of ${all.length}`,
    figure: `${ratio.toFixed(2)} x JSON.parse of its values (${(a * 1e6).toFixed(2)} us, ${(b * 1e6).toFixed(2)} us)`,
    limit: `at most ${MAX_RATIO} x; fewer than ${MIN_FIELDS} fields are compared with ${MIN_FIELDS}`,
    isWithin: ratio <= MAX_RATIO,
  }));
}
