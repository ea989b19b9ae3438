import assert from 'node:assert/strict';
import {
  APPARENT_ENERGY_SOURCES,
  findSource,
  findSummationSource,
  isKnownSource,
  PRINTED_PRESENT_VALUE_SOURCES,
  PRINTED_SUMMATION_SOURCES,
  SOURCES,
} from '../../../src/tables/index.js';

describe('the source catalogue', () => {
  it('has every id from 0 to 244 in its place', () => {
    assert.deepEqual(
      SOURCES.map((source) => source.id),
      Array.from({ length: 245 }, (_, id) => id),
    );
  });

  it('gives every source a key and a scale of its own', () => {
    const all = [...SOURCES, ...APPARENT_ENERGY_SOURCES];
    assert.equal(new Set(all.map((source) => source.key)).size, all.length);
    for (const { key, name, multiplier, divisor } of all) {
      assert.match(key, /^[a-z][A-Za-z0-9]*$/);
      assert.notEqual(name, '');
      assert.ok(Number.isInteger(multiplier) && multiplier > 0, key);
      assert.ok(Number.isInteger(divisor) && divisor > 0, key);
    }
  });

  it('has the rows of the guide', () => {
    const rows: [number, string, string, string | null, number][] = [
      [0, 'Fwd Active Wh L1L2L3', 'activeEnergyImport', 'kWh', 1000],
      [4, 'Power Off Seconds', 'powerOutageDuration', 's', 1],
      [7, 'Fwd-Rev Active Wh L1L2L3', 'activeEnergyNet', 'kWh', 1000],
      [15, 'RMS Voltage L1', 'voltageL1', 'V', 1000],
      [18, 'Power Factor L1', 'powerFactorL1', null, 1000],
      [19, 'Frequency', 'frequency', 'Hz', 1000],
      [20, 'VA Power L1L2L3', 'apparentPower', 'VA', 1],
      [25, 'Sin phase angle (L3)', 'sinPhaseAngleL3', null, 1000],
      [27, 'Channel 1 Pulse Input', 'pulseInput2', null, 1],
      [29, 'T0 Fwd Active Wh L1L2L3', 'tier1ActiveEnergyImport', 'kWh', 1000],
      [44, 'T1 Power Off Minutes', 'tier2PowerOutageDuration', 's', 1],
      [61, 'T2 Error Counter', 'tier3ErrorCounter', null, 1],
      [69, 'T3 Fwd-Rev Active Wh L1L2L3', 'tier4ActiveEnergyNet', 'kWh', 1000],
      [72, 'T3 Error Counter', 'tier4ErrorCounter', null, 1],
      [73, 'MEP Dev 1 Counter 1', 'mepDevice1Counter1', null, 1],
      [80, 'MEP Dev 4 Counter 2', 'mepDevice4Counter2', null, 1],
      [84, 'Export VAR L1L2L3 Post CT/VT Ratio', 'reactivePowerExportPostRatio', 'var', 1],
      [88, 'Present Dmd 1', 'presentDemand1', null, 1],
      [103, 'Previous Dmd 8', 'previousDemand8', null, 1],
      [107, 'Q4 Reactive VAr L1L2L3', 'reactivePowerQ4', 'var', 1],
      [111, 'Q4 Reactive VArh L1L2L3', 'reactiveEnergyQ4', 'kvarh', 1000],
      [166, 'Min Voltage L3', 'minVoltageL3', 'V', 1000],
      [175, 'Max Reactive Power Q4', 'maxReactivePowerQ4', 'var', 1],
      [182, 'Max reverse active power A post CT/VT ratio', 'maxActivePowerExportL1PostRatio', 'W', 1],
      [187, 'Fwd Active W L3', 'activePowerImportL3', 'W', 1],
      [190, 'Rev Active W L3', 'activePowerExportL3', 'W', 1],
      [196, 'Rev Active W L3 Post CT/VT Ratio', 'activePowerExportL3PostRatio', 'W', 1],
      [199, 'RMS Current L3 Post CT/VT Ratio', 'currentL3PostRatio', 'A', 1000],
      [204, 'Continuous RMS Voltage L3', 'continuousVoltageL3', 'V', 1000],
      [207, 'Average RMS Voltage L3', 'averageVoltageL3', 'V', 1000],
      [212, 'Average Fwd Active W L3', 'averageActivePowerImportL3', 'W', 1],
      [219, 'Apparent Power Q4 VA L1L2L3', 'apparentPowerQ4', 'VA', 1],
      [231, 'Apparent Power Q4 VA L3', 'apparentPowerQ4L3', 'VA', 1],
      [232, 'Neutral Current mA', 'neutralCurrent', 'A', 1000],
      [235, 'Average RMS Current mA L3', 'averageCurrentL3', 'A', 1000],
      [238, 'Voltage Angle C to A', 'voltageAngleL3L1', '°', 100],
      [244, 'Exp Reactive VAr C', 'reactivePowerExportL3', 'var', 1],
    ];
    for (const [id, name, key, unit, divisor] of rows) {
      const source = findSource(id);
      assert.deepEqual([id, source.name, source.key, source.unit, source.divisor], [id, name, key, unit, divisor]);
    }
  });

  it('counts the outages of a tier in minutes', () => {
    assert.equal(findSource(33).multiplier, 60);
    assert.equal(findSource(4).multiplier, 1);
  });

  it('leaves unused, mapped and unheard-of ids without a meaning', () => {
    for (const id of [85, 87, 112, 163, 200, 245, 255]) {
      const source = findSource(id);
      assert.deepEqual([source.key, source.unit, isKnownSource(source)], [`source${id}`, null, false]);
    }
    assert.equal(SOURCES.filter((source) => !isKnownSource(source)).length, 3 + 52 + 1);
  });

  it('reads 216 to 219 as energy among summations and as power elsewhere', () => {
    assert.equal(findSummationSource(216).key, 'apparentEnergyQ1');
    assert.equal(findSummationSource(219).key, 'apparentEnergyQ4');
    assert.equal(findSource(216).key, 'apparentPowerQ1');
    assert.equal(findSummationSource(0), findSource(0));
  });

  it('names OBIS codes once and in the form of IEC 62056-61', () => {
    const codes = SOURCES.flatMap((source) => source.obis ?? []);
    assert.deepEqual(codes, [...new Set(codes)]);
    for (const code of codes) assert.match(code, /^[01]-0:\d{1,2}\.[78]\.\d$/);
    assert.equal(findSource(15).obis, '1-0:32.7.0');
    assert.equal(findSource(14).obis, '1-0:71.7.0');
    assert.equal(findSource(22).obis, '1-0:73.7.0');
    assert.equal(findSource(190).obis, '1-0:62.7.0');
    assert.equal(findSource(244).obis, '1-0:64.7.0');
  });

  it("prints the guide's order of 19 summations and 84 present values", () => {
    assert.equal(PRINTED_SUMMATION_SOURCES.length, 19);
    assert.equal(PRINTED_PRESENT_VALUE_SOURCES.length, 84);
    const at = (number: number): string => findSource(PRINTED_PRESENT_VALUE_SOURCES[number] ?? -1).key;
    assert.deepEqual(
      [0, 10, 12, 13, 17, 18, 21, 22, 26, 29, 32, 38, 40, 41, 44, 47, 54, 55, 66, 70, 71, 72, 75, 78, 83].map(at),
      [
        'activePowerImport',
        'powerFactorL1',
        'apparentPower',
        'powerFactorL2',
        'sinPhaseAngleL3',
        'activePowerImportPostRatio',
        'reactivePowerExportPostRatio',
        'reactivePowerQ1',
        'activePowerImportL1',
        'activePowerExportL1',
        'activePowerImportL1PostRatio',
        'currentL1PostRatio',
        'currentL3PostRatio',
        'continuousVoltageL1',
        'averageVoltageL1',
        'averageActivePowerImport',
        'averageActivePowerExportL3',
        'apparentPowerQ1',
        'apparentPowerQ4L2',
        'apparentPowerQ4L3',
        'neutralCurrent',
        'averageCurrentL1',
        'voltageAngleL1L2',
        'reactivePowerImportL1',
        'reactivePowerExportL3',
      ],
    );
  });
});
