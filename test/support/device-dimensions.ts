import fc from 'fast-check';
import type { Dimensions, FieldValue, TableValues } from '../../src/tables/index.js';
import { findTable, isAtLeast, tableSize } from '../../src/tables/index.js';

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const list = (count: number, element: fc.Arbitrary<TableValues>): fc.Arbitrary<TableValues[]> =>
  fc.array(element, { minLength: count, maxLength: count });

const DEVICES = 6;
const LOGS = 7;
/** More than any entry of ET31 and ET41 takes in the shapes that are tried. */
const LARGE_ENTRY = 4000;

/** Dimensions of the tables for devices and of logs: every shape, few elements. */
export const deviceDimensions = {
  ET04: fc.record({ maxPowerOutagesRecorded: upTo(12) }),
  ET11: fc.record({
    numberOfDevices: fc.constantFrom(5, DEVICES),
    configEntrySize: fc.integer({ min: 66, max: 70 }),
    statusEntrySize: fc.integer({ min: 36, max: 40 }),
    onDemandRequestQueueSize: upTo(5),
    onDemandRequestEntrySize: fc.integer({ min: 6, max: 8 }),
    dataEntrySize: fc.integer({ min: 300, max: 517 }),
    onDemandWriteEntrySize: fc.integer({ min: 1, max: 25 }),
    configEntry2Size: fc.integer({ min: 14, max: 22 }),
    mBusMulticastMessageLength: fc.integer({ min: 1, max: 65 }),
    et57EntryCount: upTo(16),
  }),
  /** What the table itself tells. */
  ET36: fc.record({
    count: fc.constant(LOGS),
    actualDimensionList: list(
      LOGS,
      fc.record({ currentEntries: upTo(2), entrySize: fc.integer({ min: LARGE_ENTRY, max: LARGE_ENTRY + 3 }) }),
    ),
  }),
  ET54: fc.record({ multipleLoadProfileDataSetSupport: fc.boolean() }),
};

const telegrams = list(
  DEVICES,
  fc.record({ responseType: upTo(1), telegramLength: fc.oneof(fc.constantFrom(0, 12, 13, 16), upTo(255)) }),
);
const deliveries = list(DEVICES, fc.record({ length: upTo(280) }));
const channels = upTo(3);
const interfaceDefinition = fc.record({
  fixedSectionLength: fc.integer({ min: 41, max: 43 }),
  logListSize: upTo(8),
  numberOfDemands: upTo(4),
  numberOfCoincidentValues: upTo(8),
  numberOfChannels: channels,
  mdttCurrentEntries: upTo(4),
});
const requiredSection = fc.record({ length: fc.constantFrom(1, 3, 8, 10) });
const dataSets = fc
  .array(fc.option(channels), { minLength: 3, maxLength: 3 })
  .map((sets) =>
    Object.fromEntries(
      sets.flatMap((numberOfChannels, i): [string, FieldValue][] => [
        [`dataSet${i + 2}Active`, numberOfChannels !== null],
        ...(numberOfChannels === null ? [] : [[`dataSet${i + 2}`, { numberOfChannels }] as [string, FieldValue]]),
      ]),
    ),
  );

/** What ET16 and ET42 tell of themselves, consistent with the dimensions they depend on. */
export const withOwnDimensions = (base: fc.Arbitrary<Dimensions>): fc.Arbitrary<Dimensions> =>
  fc
    .tuple(base, telegrams, deliveries, interfaceDefinition, dataSets, requiredSection)
    .map(([dims, telegram, delivery, fixed, sets, required]): Dimensions => {
      const definition: TableValues = {
        ...fixed,
        ...(dims['ET54']?.['multipleLoadProfileDataSetSupport'] === true ? sets : {}),
        ...(dims['BT01'] && isAtLeast(dims['BT01'], '3.60') ? { requiredSection: required } : {}),
      };
      const devices = Number(dims['ET11']?.['numberOfDevices']);
      const deviceTable = [...telegram.slice(0, 4), ...delivery.slice(4, devices)];
      return { ...dims, ET16: { deviceTable }, ET42: { ...definition, tableLength: lengthOfET42(dims, definition) } };
    });

/** The length of an interface definition that ends with its last field. */
function lengthOfET42(dims: Dimensions, definition: TableValues): number {
  const table = findTable('ET42');
  if (!table) return 0;
  return tableSize({ ...table, fields: table.fields.slice(0, -1) }, { ...dims, ET42: definition });
}
