import assert from 'node:assert/strict';
import type { Dimensions, TableDescription, TableValues } from '../../../src/tables/index.js';
import {
  decodeTable,
  encodeTable,
  fieldPlace,
  findTable,
  layoutOf,
  registerLayout,
  tableSize,
} from '../../../src/tables/index.js';
import { BT00, CALENDAR, DEMAND, PRINTED } from './basic-offsets.js';

const tableOf = (name: string): TableDescription => findTable(name) ?? assert.fail(`${name} is not described`);

const loadProfile = (numberOfBlocks: number, numberOfIntervals: number, numberOfChannels: number): Dimensions => ({
  BT61: {
    endReadingSupported: false,
    dataSets: Array(4).fill({ numberOfBlocks, numberOfIntervals, numberOfChannels }),
  },
});

describe('basic tables', () => {
  for (const [name, dims, fields] of PRINTED) {
    it(`${name} has its fields at the offsets the guide prints`, () => {
      for (const [field, offset] of fields) assert.equal(fieldPlace(tableOf(name), field, dims).offset, offset, field);
    });
  }

  it('BT54 is as long as BT50 defines, with the values printed for it', () => {
    assert.equal(tableSize(tableOf('BT54'), CALENDAR), 808);
    const apart = { BT50: { ...CALENDAR['BT50'], separateWeekDays: true } };
    assert.equal(tableSize(tableOf('BT54'), apart), 808 + 4 * 12);
  });
});

describe('BT00 and BT01', () => {
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
  const SHORT_BT00 = '022A884E45532002 00FF0C01000A0D020C0903'.replace(' ', '');

  it('name the hardware and the number of the manufacturer', () => {
    const image = bytes('4E45532038333333342D3349040038A10000606611223344');
    assert.deepEqual(decodeTable(tableOf('BT01'), image, {}), {
      manufacturer: 'NES',
      model: '83334-3I',
      hardwareMajor: 0,
      hardwareMinor: 32,
      hardwareBuild: 0,
      firmwareMajor: 3,
      firmwareMinor: 69,
      firmwareBuild: 1,
      manufacturerSerialNumber: '0000606611223344',
    });
  });

  it('are read as well where they end before the fields that older captures lack', () => {
    const bt01 = decodeTable(tableOf('BT01'), bytes('4E45532038333333342D3349040038A1'), {});
    assert.equal(bt01['firmwareMinor'], 69);
    assert.equal('manufacturerSerialNumber' in bt01, false);
    const bt00 = decodeTable(tableOf('BT00'), bytes(SHORT_BT00), {});
    assert.equal(bt00['numberOfPendingTables'], 3);
    assert.equal('basicTablesUsed' in bt00, false);
  });

  it('are as long as BT00 defines, and no longer than known where it was not read', () => {
    assert.equal(tableSize(tableOf('BT00'), {}), 19);
    assert.equal(tableSize(tableOf('BT00'), { BT00 }), 79);
    assert.equal(tableSize(tableOf('BT01'), {}), 24);
  });

  it('refuse bytes that end within a set', () => {
    assert.throws(() => decodeTable(tableOf('BT00'), bytes(`${SHORT_BT00}0102`), {}), { code: 'table-too-short' });
  });
});

/** The alarms of BT03, by byte, from bit 0 on. [opt p.45-47] */
const ALARMS: Readonly<Record<number, string>> = {
  0: 'meteringMode testMode meterShopMode',
  1:
    'unprogrammed configurationError systemReset ramFailure romFailure nonVolatileMemoryFailure clockError ' +
    'measurementError',
  2:
    'lowBattery lowLossPotential demandOverload powerFailure coverRemoved reverseEnergy dataBackupIncomplete ' +
    'disconnectSwitchError',
  3:
    'loadProfileDataSet2UnreadEntriesExist loadProfileDataSet3UnreadEntriesExist ' +
    'loadProfileDataSet4UnreadEntriesExist neutralCurrentDeviation',
  4:
    'loadProfileOverflow selfReadOccurred loadDisconnectHasChangedState controlRelay1Open phaseLoss phaseInversion ' +
    'plcConfigFailure generalError',
  5:
    'invalidPassword remoteCommunicationsInactive currentOnMissingOrUnusedPhase pulseInput1Tamper pulseInput2Tamper ' +
    'softwareCrcError codeBankChanged loadProfileBackfillFailed',
  6:
    'mepInstalledOrRemoved mBusAlarm mBusAutoDiscoveryComplete phaseRotationChanged prepayCreditExhausted ' +
    'prepayWarningAcknowledged eventLogOverflowPending mfgLogEntryAvailable',
  7:
    'dimensionChange magneticTamperDetected accessLockoutOverride powerQualityEventDetected eventLogUnreadEntries ' +
    'thdStateChanged loadProfile1UnreadEntriesExist loadSideVoltageDetected',
  8:
    'unbalancedVoltageDetected passwordTableWrittenTo passwordExpirationPending p2pSecurity ' +
    'firmwareSeparationViolation modemError g3Alarm g3EventLogged',
  9: 'controlRelay2Open',
};

describe('BT03', () => {
  it('gives each alarm by its own bit', () => {
    for (const [byte, names] of Object.entries(ALARMS)) {
      for (const [bit, name] of names.split(' ').entries()) {
        const bytes = new Uint8Array(13);
        bytes[Number(byte)] = 1 << bit;
        const values = decodeTable(tableOf('BT03'), bytes, { BT00 });
        const raised = Object.keys(values).filter((key) => values[key] === true);
        assert.deepEqual(raised, [name]);
      }
    }
  });
  it('has the alarms that BT00 counts, and loses none', () => {
    for (let length = 0; length <= 9; length++) {
      const dims = { BT00: { manufacturerStatusLength: length } };
      assert.equal(tableSize(tableOf('BT03'), dims), 4 + length);
    }
    const bytes = new Uint8Array(13);
    bytes[12] = 0x80;
    assert.deepEqual(decodeTable(tableOf('BT03'), bytes, { BT00 })['furtherAlarms'], [23]);
  });
});

describe('BT54', () => {
  it('has the actions of each date bit by bit', () => {
    const { tierSwitches, recurringDates } = decodeTable(
      tableOf('BT54'),
      Uint8Array.of(0, 0, 0x74, 0x07, 0x00, 5, 0, 0, 0, 0),
      {
        BT50: {
          separateWeekDays: false,
          numberOfSeasons: 0,
          numberOfNonRecurringDates: 0,
          numberOfRecurringDates: 1,
          numberOfTierSwitches: 1,
        },
      },
    );
    assert.deepEqual(recurringDates, [
      { recurringDate: null, action: 20, demandReset: true, selfRead: true, touFormat: false },
    ]);
    assert.deepEqual(tierSwitches, [{ tier: 7, minute: 0, hour: 0, schedule: 5 }]);
  });
});

describe('registers in history tables', () => {
  it('are those of BT23, moved', () => {
    const dims = { BT21: { ...DEMAND, demandResetCounter: true, numberOfCoincidentValues: 2 } };
    const current = registerLayout(tableOf('BT23'), dims);
    const moved = (by: number): unknown[] =>
      current.map(({ offset, time, ...place }) => ({
        ...place,
        offset: offset + by,
        time: time && { ...time, offset: time.offset + by },
      }));
    assert.deepEqual(registerLayout(tableOf('BT24'), dims), moved(6));
    assert.deepEqual(registerLayout(tableOf('BT25'), dims), moved(6));
    const entry = 8 + tableSize(tableOf('BT23'), dims);
    const third = registerLayout(tableOf('BT26'), dims).filter(({ path }) => path.startsWith('selfReadEntries[2].'));
    assert.deepEqual(
      third.map((place) => ({ ...place, path: place.path.slice('selfReadEntries[2].'.length) })),
      moved(6 + 2 * entry + 8),
    );
    assert.equal(tableSize(tableOf('BT26'), dims), 6 + 12 * entry);
  });
});

describe('load profile', () => {
  const BT64 = tableOf('BT64');

  it('is read block by block', () => {
    const block = 5 + 12 + 96 * (2 + 4 * 2);
    assert.deepEqual(
      layoutOf(BT64, loadProfile(3, 96, 2)).blocks,
      [0, 1, 2].map((number) => ({ offset: number * block, count: block })),
    );
  });
  it('has the interval size the guide prints, for every number of channels', () => {
    for (let channels = 0; channels <= 16; channels++) {
      const size = (intervals: number): number => tableSize(BT64, loadProfile(1, intervals, channels));
      assert.equal(size(16) - size(9), 7 * (Math.floor(channels / 2) + 1 + 4 * channels));
    }
  });
  it('can be as long as the largest memory for it', () => {
    const dims = loadProfile(58, 96, 9);
    const { size } = layoutOf(BT64, dims);
    assert.ok(size > 200_000 && size < 233_856, `${size} bytes`);
    const begun = process.cpuUsage();
    const values = decodeTable(BT64, new Uint8Array(size), dims);
    // Processor time, since other programs on the machine affect the wall time.
    assert.ok(process.cpuUsage(begun).user < 2_000_000);
    assert.equal((values['blockData'] as unknown[]).length, 58);
  });
  it('gives a block alone under the dimensions of one block', () => {
    const whole = new Uint8Array(tableSize(BT64, loadProfile(3, 4, 2))).map((_, i) => (i * 7) & 0x7f);
    const blockLength = whole.length / 3;
    const alone = decodeTable(BT64, whole.subarray(blockLength, 2 * blockLength), loadProfile(1, 4, 2));
    const all = decodeTable(BT64, whole, loadProfile(3, 4, 2));
    assert.deepEqual((alone['blockData'] as unknown[])[0], (all['blockData'] as unknown[])[1]);
  });
  it('names the high half of the first byte as the status common to all channels', () => {
    const bytes = new Uint8Array(tableSize(BT64, loadProfile(1, 1, 1)));
    const flags = ['daylightSavingTime', 'powerFail', 'clockResetForward', 'clockResetBackward'];
    for (const [bit, flag] of flags.entries()) {
      bytes[6] = 0x10 << bit;
      const [block] = decodeTable(BT64, bytes, loadProfile(1, 1, 1))['blockData'] as TableValues[];
      const [interval] = block?.['intervals'] as TableValues[];
      assert.deepEqual(
        flags.filter((name) => interval?.[name] === true),
        [flag],
      );
      assert.deepEqual(interval?.['extendedStatus'], [0]);
    }
  });
  it('has four data sets since firmware 3.50', () => {
    const BT63 = tableOf('BT63');
    const firmware = (firmwareMinor: number): Dimensions => ({ BT01: { firmwareMajor: 3, firmwareMinor } });
    assert.equal(tableSize(BT63, firmware(40)), 13);
    assert.equal(tableSize(BT63, firmware(50)), 52);
    assert.equal(tableSize(tableOf('BT61'), firmware(40)), 13);
    assert.equal(tableSize(tableOf('BT61'), firmware(50)), 7 + 4 * 6);
  });
});

describe('BT07', () => {
  it('is as long as its parameters', () => {
    const BT07 = tableOf('BT07');
    const call = { procedureNumber: 2065, responseHandling: 0, procedureSequenceNumber: 7 };
    for (const parameters of ['', '00F803', 'AB'.repeat(255)]) {
      const bytes = encodeTable(BT07, { ...call, parameters }, { BT00 });
      assert.equal(bytes.length, 3 + parameters.length / 2);
      assert.deepEqual(decodeTable(BT07, bytes, { BT00 }), { ...call, parameters });
    }
    assert.throws(() => encodeTable(BT07, { ...call, parameters: 'AB'.repeat(256) }, { BT00 }), /parameters/);
  });
});
