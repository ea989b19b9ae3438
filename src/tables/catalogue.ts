import type { TableDescription } from './schema/description.js';
import { BT00 } from './basic/bt00.js';
import { BT01 } from './basic/bt01.js';
import { BT03 } from './basic/bt03.js';
import { BT04 } from './basic/bt04.js';
import { BT07 } from './basic/bt07.js';
import { BT08 } from './basic/bt08.js';
import { BT15 } from './basic/bt15.js';
import { BT20 } from './basic/bt20.js';
import { BT21 } from './basic/bt21.js';
import { BT22 } from './basic/bt22.js';
import { BT23 } from './basic/bt23.js';
import { BT24 } from './basic/bt24.js';
import { BT25 } from './basic/bt25.js';
import { BT26 } from './basic/bt26.js';
import { BT27 } from './basic/bt27.js';
import { BT28 } from './basic/bt28.js';
import { BT30 } from './basic/bt30.js';
import { BT33 } from './basic/bt33.js';
import { BT50 } from './basic/bt50.js';
import { BT52 } from './basic/bt52.js';
import { BT53 } from './basic/bt53.js';
import { BT54 } from './basic/bt54.js';
import { BT55 } from './basic/bt55.js';
import { BT60 } from './basic/bt60.js';
import { BT61 } from './basic/bt61.js';
import { BT62 } from './basic/bt62.js';
import { BT63 } from './basic/bt63.js';
import { BT64, BT65, BT66, BT67 } from './basic/load-profile-data.js';
import { BT70 } from './basic/bt70.js';
import { BT71 } from './basic/bt71.js';
import { BT74 } from './basic/bt74.js';
import { ET03 } from './extended/et03.js';
import { ET04 } from './extended/et04.js';
import { ET07 } from './extended/et07.js';
import { ET11 } from './extended/et11.js';
import { ET55 } from './extended/et55.js';

/** Every table described so far, in the guide's order. */
export const CATALOGUE: readonly TableDescription[] = [
  BT00,
  BT01,
  BT03,
  BT04,
  BT07,
  BT08,
  BT15,
  BT20,
  BT21,
  BT22,
  BT23,
  BT24,
  BT25,
  BT26,
  BT27,
  BT28,
  BT30,
  BT33,
  BT50,
  BT52,
  BT53,
  BT54,
  BT55,
  BT60,
  BT61,
  BT62,
  BT63,
  BT64,
  BT65,
  BT66,
  BT67,
  BT70,
  BT71,
  BT74,
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
