import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  budgetLeft,
  countingWrites,
  spend,
  spendFor,
  UNKNOWN_METER,
  writesOf,
} from '../../../src/meter/write-budget.js';
import { throwsWith } from '../../support/assert-error.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('The budget for writes to non-volatile memory', () => {
  it('is 4 in any hour', () => {
    let times: number[] = [];
    for (let i = 0; i < 4; i++) times = spend(times, 1, NOW + i);
    throwsWith(() => spend(times, 1, NOW + 10), 'write-budget-spent');
    assert.deepEqual(budgetLeft(times, NOW + 10), { hour: 0, day: 96 });
    assert.equal(spend(times, 1, NOW + HOUR).length, 5);
    throwsWith(() => spend(spend(times, 1, NOW + HOUR), 1, NOW + HOUR), 'write-budget-spent');
  });

  it('is 100 in any day', () => {
    const times = Array.from({ length: 100 }, (_, i) => NOW - 24 * HOUR + 1 + i);
    throwsWith(() => spend(times, 1, NOW), 'write-budget-spent');
    assert.equal(spend(times, 1, NOW + 1).length, 100);
  });

  it('takes several writes together or none of them', () => {
    throwsWith(() => spend([], 5, NOW), 'write-budget-spent');
    throwsWith(() => spend(spend([], 2, NOW), 3, NOW), 'write-budget-spent');
    assert.equal(spend(spend([], 2, NOW), 2, NOW).length, 4);
  });

  it('never lets more through, whenever and in whatever groups writes are tried', () => {
    const tries = fc.array(fc.tuple(fc.integer({ min: 0, max: HOUR }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(tries, (steps) => {
        let times: number[] = [];
        const made: number[] = [];
        let now = NOW;
        for (const [wait, writes] of steps) {
          now += wait;
          try {
            times = spend(times, writes, now);
          } catch {
            continue;
          }
          made.push(...Array.from({ length: writes }, () => now));
        }
        for (const at of made) {
          assert.ok(made.filter((other) => other > at - HOUR && other <= at).length <= 4);
          assert.ok(made.filter((other) => other > at - 24 * HOUR && other <= at).length <= 100);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('counts writes of the future, which a clock that was set back left, as made now', () => {
    const times = [NOW + 30 * 24 * HOUR, NOW + HOUR, NOW + HOUR, NOW + HOUR];
    throwsWith(() => spend(times, 1, NOW), 'write-budget-spent');
    const kept = countingWrites(times, NOW);
    assert.equal(budgetLeft(kept, NOW + HOUR).hour, 4, 'and they pass as others do');
  });

  const at = (writes: number): number[] => Array.from({ length: writes }, () => NOW);
  const options = { writes: 1, now: NOW, isRenaming: false };

  it('is one for each meter', () => {
    const kept = spendFor(new Map([['one', at(4)]]), 'other', options);
    assert.equal(kept.get('other')?.length, 1);
    throwsWith(() => spendFor(kept, 'one', options), 'write-budget-spent');
  });

  it('counts writes to a meter without a serial number for every meter, and vice versa', () => {
    throwsWith(() => spendFor(new Map([[UNKNOWN_METER, at(4)]]), 'one', options), 'write-budget-spent');
    throwsWith(
      () =>
        spendFor(
          new Map([
            ['one', at(2)],
            ['two', at(2)],
          ]),
          UNKNOWN_METER,
          options,
        ),
      'write-budget-spent',
    );
  });

  it('is not renewed by giving the meter another serial number', () => {
    let kept = spendFor(new Map([['one', at(2)]]), 'one', { ...options, isRenaming: true });
    kept = spendFor(kept, 'two', options);
    throwsWith(() => spendFor(kept, 'two', options), 'write-budget-spent');
    throwsWith(() => spendFor(kept, 'three', { ...options, writes: 2 }), 'write-budget-spent');
  });

  it("goes on under another serial number if the manufacturer's name is the same", () => {
    const ours = { ...options, manufacturersName: 'NES 83334 0000606611223344' };
    let kept = spendFor(new Map(), 'one', { ...ours, writes: 3 });
    assert.deepEqual([...kept.keys()], ['one']);
    throwsWith(() => spendFor(kept, 'two', { ...ours, writes: 2 }), 'write-budget-spent');
    kept = spendFor(kept, 'two', ours);
    assert.deepEqual([...kept.keys()], ['one', 'two']);
    throwsWith(() => spendFor(kept, 'three', ours), 'write-budget-spent');
    assert.equal(budgetLeft(writesOf(kept, 'three', ours.manufacturersName), NOW).hour, 0);
    spendFor(kept, 'four', { ...ours, manufacturersName: 'NES 83334 0000606611223345', writes: 4 });
    spendFor(kept, 'four', { ...options, writes: 4 });
    const later = spendFor(kept, 'two', { ...ours, now: NOW + 25 * HOUR });
    assert.deepEqual([...(later.manufacturersNames ?? [])], [['two', ours.manufacturersName]]);
  });

  it('drops what no longer counts', () => {
    const kept = spendFor(new Map([['gone', [NOW - 25 * HOUR]]]), 'one', options);
    assert.deepEqual([...kept.keys()], ['one']);
  });
});
