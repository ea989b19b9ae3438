import { durations, type Meaning, scaled, single } from './meaning.js';

/**
 * VIF 0x00 to 0x7A. [EN 13757-3:2018 table 10] Wh are converted to kWh and J to MJ, to limit the units of a quantity.
 */
export const PRIMARY_VIF: ReadonlyMap<number, Meaning> = new Map([
  ...scaled(0x00, 8, 'energy', 'kWh', -6),
  ...scaled(0x08, 8, 'energy', 'MJ', -6),
  ...scaled(0x10, 8, 'volume', 'm³', -6),
  ...scaled(0x18, 8, 'mass', 'kg', -3),
  ...durations(0x20, 'onTime'),
  ...durations(0x24, 'operatingTime'),
  ...scaled(0x28, 8, 'power', 'W', -3),
  ...scaled(0x30, 8, 'power', 'MJ/h', -6),
  ...scaled(0x38, 8, 'volumeFlow', 'm³/h', -6),
  ...scaled(0x40, 8, 'volumeFlow', 'm³/min', -7),
  ...scaled(0x48, 8, 'volumeFlow', 'm³/s', -9),
  ...scaled(0x50, 8, 'massFlow', 'kg/h', -3),
  ...scaled(0x58, 4, 'flowTemperature', '°C', -3),
  ...scaled(0x5c, 4, 'returnTemperature', '°C', -3),
  ...scaled(0x60, 4, 'temperatureDifference', 'K', -3),
  ...scaled(0x64, 4, 'externalTemperature', '°C', -3),
  ...scaled(0x68, 4, 'pressure', 'bar', -3),
  single(0x6c, 'date', 'date'),
  single(0x6d, 'dateTime', 'date'),
  single(0x6e, 'heatCostAllocation', 'number'),
  ...durations(0x70, 'averagingDuration'),
  ...durations(0x74, 'actualityDuration'),
  single(0x78, 'fabricationNumber', 'identifier'),
  single(0x79, 'identification', 'identifier'),
  single(0x7a, 'busAddress', 'unsigned'),
]);
