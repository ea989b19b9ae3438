import assert from 'node:assert/strict';
import * as limits from '../../src/limits.js';
import { FORMAT_SETTINGS, FORMATS, HTTP_FORMATS } from '../../src/publish/index.js';
import { PRINTED_SUMMATION_SOURCES } from '../../src/tables/index.js';

const { describeLimits, isWithin } = limits;

function isLimits(value: unknown): value is limits.NumberLimits {
  return typeof value === 'object' && value !== null && 'min' in value && 'fallback' in value;
}

const all = Object.entries(limits).flatMap(([name, value]): [string, limits.NumberLimits][] => {
  if (isLimits(value)) return [[name, value]];
  if (typeof value === 'function') return [];
  return Object.entries<limits.NumberLimits>(value).map(([setting, one]) => [`${name}.${setting}`, one]);
});

describe('Limits of numbers that a user enters', () => {
  it('allow their own default, except where a number has to be entered', () => {
    assert.ok(all.length > 20);
    const needed = all.filter(([, one]) => !isWithin(one.fallback, one)).map(([name]) => name);
    assert.deepEqual(needed, ['IDX_LIMITS']);
  });

  it('include both ends and nothing beyond', () => {
    for (const [name, one] of all) {
      assert.ok(isWithin(one.min, one) && isWithin(one.max, one), name);
      assert.ok(!isWithin(one.min - 1, one) && !isWithin(one.max + 1, one), name);
      assert.equal(isWithin(one.min + 0.5, one), !one.isWhole, name);
      assert.ok(!isWithin(Number.NaN, one) && !isWithin(Number.POSITIVE_INFINITY, one), name);
    }
  });

  it('are named in errors for developers', () => {
    assert.equal(describeLimits(limits.METER_LIMITS), 'a whole number from 1 to 10000');
    assert.equal(describeLimits(limits.ALARM_LIMITS.hysteresis), 'a number from 0 to 90');
  });

  it('allow as many summations as there are source ids for', () => {
    assert.equal(limits.BT23_LIMITS.summations.max, PRINTED_SUMMATION_SOURCES.length);
  });
});

describe('The list of formats', () => {
  it('is the same as data and as code, in one order', () => {
    assert.deepEqual(
      FORMATS.map(({ name, defaults }) => [name, defaults]),
      Object.entries(FORMAT_SETTINGS),
    );
  });

  it('knows which of them answer HTTP requests', () => {
    const needed = { idx: '1' };
    const answering = FORMATS.filter(({ create }) => create(needed).answer !== undefined).map(({ name }) => name);
    assert.deepEqual(answering, [...HTTP_FORMATS]);
  });

  it('has the defaults that the limits have', () => {
    for (const name of ['p1-dsmr5', 'p1-5s'] as const) {
      assert.equal(FORMAT_SETTINGS[name].repeatEvery, String(limits.REPEAT_LIMITS.fallback));
    }
  });
});
