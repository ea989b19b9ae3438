export type { MBusAlarm, MBusDevice } from './device.js';
export type { MBusFunction } from './data-information.js';
export { decodeFixedTelegram } from './fixed-telegram.js';
export { decodeRecords, recordOfHeader, type MBusRecord, type MBusRecords, type RecordOptions } from './records.js';
export { decodeTelegram, type MBusTelegram, type TelegramOptions } from './telegram.js';
