import { array, reserved, uint32, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** The step tariff in ET55; the guide's symbol A is the offset of stepTariffSource. [MEP p.155-156] */
export const stepTariff: readonly FieldNode[] = [
  array(
    'stepTariffThresholds',
    'BT20.numberOfTiers - 1',
    uint32('', { description: 'In energy register units; 0: the tier is not used.' }),
  ),
  uint8('stepTariffSource', {
    meanings: {
      0: 'forward active Wh L1L2L3',
      1: 'reverse active Wh L1L2L3',
      2: 'forward + reverse active Wh L1L2L3',
      3: 'forward - reverse active Wh L1L2L3',
    },
  }),
  uint32('stepTariffTouId', { description: 'Calendar id shown while the step tariff holds.' }),
  uint8('stepTariffResetDay', { description: 'Day of the month, 1 to 28.' }),
  uint8('stepTariffResetHour', { description: 'Local time.' }),
  uint8('stepTariffResetMinute'),
  uint8('stepTariffResetSecond'),
  reserved(1),
];
