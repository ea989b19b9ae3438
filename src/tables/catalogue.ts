import type { TableDescription } from './schema/description.js';
import { BT00 } from './basic/bt00.js';
import { BT01 } from './basic/bt01.js';
import { BT15 } from './basic/bt15.js';
import { BT20 } from './basic/bt20.js';
import { BT21 } from './basic/bt21.js';
import { BT22 } from './basic/bt22.js';
import { BT23 } from './basic/bt23.js';
import { BT27 } from './basic/bt27.js';
import { BT28 } from './basic/bt28.js';
import { BT30 } from './basic/bt30.js';
import { BT52 } from './basic/bt52.js';
import { ET03 } from './extended/et03.js';
import { ET04 } from './extended/et04.js';
import { ET07 } from './extended/et07.js';
import { ET11 } from './extended/et11.js';
import { ET55 } from './extended/et55.js';

/** Every table described so far, in the guide's order. */
export const CATALOGUE: readonly TableDescription[] = [
  BT00,
  BT01,
  BT15,
  BT20,
  BT21,
  BT22,
  BT23,
  BT27,
  BT28,
  BT30,
  BT52,
  ET03,
  ET04,
  ET07,
  ET11,
  ET55,
];

const byName = new Map(CATALOGUE.map((table) => [table.name, table]));
const byNumber = new Map(CATALOGUE.map((table) => [table.number, table]));

/** The table of a name in any case (`bt28`) or a number (28; ETn = 2048 + n); undefined when it is not described. */
export function findTable(nameOrNumber: string | number): TableDescription | undefined {
  return typeof nameOrNumber === 'number' ? byNumber.get(nameOrNumber) : byName.get(nameOrNumber.trim().toUpperCase());
}
