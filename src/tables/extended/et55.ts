import { array, reserved, rest, table, uint16, uint32, uint8 } from '../schema/builders.js';

/**
 * [MEP p.139-159] Meter configuration, from the step tariff thresholds on; what stands before is stepped over.
 * The guide's symbol A is the offset of stepTariffSource: 146 (147 on Gen 4, whose display codes are a character longer)
 * + 4 * (BT20.7 - 1).
 */
export const ET55 = table({
  name: 'ET55',
  title: 'Meter Configuration',
  summary: 'Configuration of the meter, among it the unit of energy registers.',
  pages: '139-159',
  read: 'MBK',
  write: 'MAK',
  needs: ['BT01', 'BT20'],
  fields: [
    reserved('146 + (BT01.firmwareMajor >= 4)'),
    array('stepTariffThresholds', 'BT20.numberOfTiers - 1', uint32('', { description: 'In energy register units.' })),
    uint8('stepTariffSource'),
    uint32('stepTariffTouId'),
    uint8('stepTariffResetDay'),
    uint8('stepTariffResetHour'),
    uint8('stepTariffResetMinute'),
    uint8('stepTariffResetSecond'),
    reserved(1),
    uint16('mainsCyclesForConsecutiveRmsVoltage'),
    uint16('secondsForAverageRmsVoltage', { unit: 's' }),
    uint16('averageRmsVoltagesForNlcAndNlp'),
    uint32('deltaAdsup', { unit: 'V', divisor: 1000 }),
    uint32('deltaAdinf', { unit: 'V', divisor: 1000 }),
    uint32('deltaPrsup', { unit: 'V', divisor: 1000 }),
    uint32('deltaPrinf', { unit: 'V', divisor: 1000 }),
    uint16('mvdDetectionLowerLimit'),
    uint16('mvdDetectionUpperLimit'),
    uint8('mvdInterruptionSagLowThreshold', { unit: '%' }),
    uint8('mvdSagHighThreshold', { unit: '%' }),
    uint8('mvdSwellLowThreshold', { unit: '%' }),
    uint8('energyRegisterUnit', {
      since: '3.70',
      description: 'One count of an energy register is 1, 10 or 100 Wh or varh; only CT meters have another than 1.',
      erratum: 'At A+39; ET42 prints A+3.',
    }),
    rest(),
  ],
});
