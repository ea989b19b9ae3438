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
import { ET05 } from './extended/et05.js';
import { ET07 } from './extended/et07.js';
import { ET09 } from './extended/et09.js';
import { ET11 } from './extended/et11.js';
import { ET13 } from './extended/et13.js';
import { ET14 } from './extended/et14.js';
import { ET15 } from './extended/et15.js';
import { ET16 } from './extended/et16.js';
import { ET21 } from './extended/et21.js';
import { ET23 } from './extended/et23.js';
import { ET29 } from './extended/et29.js';
import { ET31 } from './extended/et31.js';
import { ET34 } from './extended/et34.js';
import { ET36 } from './extended/et36.js';
import { ET41 } from './extended/et41.js';
import { ET42 } from './extended/et42.js';
import { ET45 } from './extended/et45.js';
import { ET46 } from './extended/et46.js';
import { ET47 } from './extended/et47.js';
import { ET50 } from './extended/et50.js';
import { ET51 } from './extended/et51.js';
import { ET52 } from './extended/et52.js';
import { ET53 } from './extended/et53.js';
import { ET54 } from './extended/et54.js';
import { ET55 } from './extended/et55.js';
import { ET57 } from './extended/et57.js';
import { ET58 } from './extended/et58.js';
import { ET59 } from './extended/et59.js';
import { ET61 } from './extended/et61.js';
import { ET62 } from './extended/et62.js';
import { ET66 } from './extended/et66.js';
import { ET70 } from './extended/et70.js';
import { ET71 } from './extended/et71.js';
import { ET74 } from './extended/et74.js';
import { ET75 } from './extended/et75.js';
import { ET76 } from './extended/et76.js';
import { ET79 } from './extended/et79.js';
import { ET80 } from './extended/et80.js';
import { ET81 } from './extended/et81.js';
import { ET85 } from './extended/et85.js';
import { ET89 } from './extended/et89.js';
import { ET90 } from './extended/et90.js';
import { ET97 } from './extended/et97.js';

/** All described tables, in the guide's order. */
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
  ET05,
  ET07,
  ET09,
  ET11,
  ET13,
  ET14,
  ET15,
  ET16,
  ET21,
  ET23,
  ET29,
  ET31,
  ET34,
  ET36,
  ET41,
  ET42,
  ET45,
  ET46,
  ET47,
  ET50,
  ET51,
  ET52,
  ET53,
  ET54,
  ET55,
  ET57,
  ET58,
  ET59,
  ET61,
  ET62,
  ET66,
  ET70,
  ET71,
  ET74,
  ET75,
  ET76,
  ET79,
  ET80,
  ET81,
  ET85,
  ET89,
  ET90,
  ET97,
];

const byName = new Map(CATALOGUE.map((table) => [table.name, table]));
const byNumber = new Map(CATALOGUE.map((table) => [table.number, table]));

/** The table of a name in any case (`bt28`) or a number (28; ETn = 2048 + n); undefined when it is not described. */
export function findTable(nameOrNumber: string | number): TableDescription | undefined {
  return typeof nameOrNumber === 'number' ? byNumber.get(nameOrNumber) : byName.get(nameOrNumber.trim().toUpperCase());
}
