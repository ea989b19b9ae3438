/** The rights of each key of the optical port. [OPT p.13] */
import { findTable } from '../tables/index.js';

/** The keys in the order of their rights, the fewest first: read-only, provisioning and unique key. */
export const OPTICAL_KEYS = ['RK', 'PK', 'MK'] as const;
export type OpticalKey = (typeof OPTICAL_KEYS)[number];
/** `none`: no key, or a wrong one, was given. */
export type OpticalLevel = 'none' | OpticalKey;

/** [OPT p.18, p.19, p.48] */
const OPEN_TABLES: ReadonlySet<string> = new Set(['BT00', 'BT01', 'ET03']);
/** Tables that the read-only key may read. [OPT p.20-63] */
const READ_ONLY_TABLES: ReadonlySet<string> = new Set(
  [
    'BT03 BT15 BT20 BT21 BT22 BT23 BT24 BT25 BT26 BT27 BT28 BT30 BT33',
    'BT60 BT61 BT62 BT63 BT64 BT65 BT66 BT67 BT70 BT71 BT74',
    'ET02 ET07 ET11 ET14 ET15 ET16 ET30 ET31 ET36 ET42 ET45 ET46 ET47 ET50 ET52 ET53 ET55 ET57 ET58 ET59 ET62 ET66 ET67',
    'ET70 ET71 ET74 ET75 ET77 ET79 ET80 ET81 ET85 ET90 ET92 ET93 ET94 ET95 ET96 ET97 ET98',
  ].flatMap((line) => line.split(' ')),
);
/** "Cannot read or write security key values." [OPT p.13] */
const KEY_TABLES: ReadonlySet<string> = new Set(['ET13']);

const LEVELS: readonly OpticalLevel[] = ['none', ...OPTICAL_KEYS];

/** True if `level` includes the rights of `needed`. */
function opens(level: OpticalLevel, needed: OpticalLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(needed);
}

/**
 * Whether a key may read a table. "RK can be used to read all tables except security keys, calibration, and download
 * information" [OPT p.13], yet some are listed without it: those, and tables that are not listed, need another key.
 */
export function mayReadOptically(table: number, level: OpticalLevel): boolean {
  const name = findTable(table)?.name ?? '';
  if (OPEN_TABLES.has(name)) return true;
  if (KEY_TABLES.has(name)) return opens(level, 'MK');
  return opens(level, READ_ONLY_TABLES.has(name) ? 'RK' : 'PK');
}

/** Whether a key may write a table; the read-only key never may. */
export function mayWriteOptically(table: number, level: OpticalLevel): boolean {
  const description = findTable(table);
  if (description?.write === 'never') return false;
  return opens(level, KEY_TABLES.has(description?.name ?? '') ? 'MK' : 'PK');
}
