import { chars, reserved, rest, table, uint16 } from '../schema/builders.js';

/** [MEP p.55-56, opt p.18] The utility's serial number, printed on the meter. */
export const ET03 = table({
  name: 'ET03',
  title: 'Utility Information',
  summary: "The utility's serial number of the meter; can be read without a key.",
  pages: '55-56',
  read: 'none',
  write: 'MAK',
  risk: 'billing',
  needs: [],
  fields: [
    chars('utilitySerialNumber', 30),
    reserved(107),
    uint16('imageCrc', {
      bigEndian: true,
      description: 'CRC of the legally relevant firmware image.',
      erratum:
        'At 137-138, where "reserved" begins as well. The byte order is not documented; known readers take it MSB first.',
    }),
    reserved(4),
    rest(),
  ],
});
