import { array, bits, bool, reserved, rest, table, uint32 } from '../schema/builders.js';

/**
 * [MEP p.121, p.154, named by ET46 and ET55] The guide does not contain this table. These fields and their offsets are
 * from references in other tables.
 */
export const ET05 = table({
  name: 'ET05',
  title: 'Control Output Settings',
  summary: 'Settings of the load disconnect: of these, prepay rates and whether power or current is limited.',
  pages: '121, 154',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  risk: 'power',
  needs: [],
  fields: [
    reserved(8),
    array('prepayTierRates', 4, uint32('', { unit: 'Wh', description: 'Credit taken for one kWh in tariff 1 to 4.' }), {
      description: 'Those of tariffs 5 to 8 are in ET55.',
    }),
    reserved(1),
    bits(1, [bool(0, 'enableMaximumPowerCurrentLevelThresholds')]),
    rest(),
  ],
});
