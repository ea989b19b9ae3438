import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lowerCaseId, safeId } from '../../../src/publish/safe-id.js';

describe('safe id of a serial number', () => {
  it('leaves an ordinary serial number alone', () => {
    assert.equal(safeId('83334000001'), '83334000001');
    assert.equal(safeId('LGZ_10-42'), 'LGZ_10-42');
  });

  it('takes the padding of the meter for what it is', () => {
    assert.equal(safeId('  83334000001  \0\0'), '83334000001');
  });

  it('has none for no serial number', () => {
    for (const nothing of [null, undefined, '', '   ', '\0\0']) assert.equal(safeId(nothing), undefined);
  });

  it('keeps apart what only differs in forbidden characters', () => {
    const ids = ['12/3', '12.3', '12 3', '12-3', '12+3', '12#3', '12é3'].map(safeId);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(ids[3], '12-3');
  });

  it('does not let a serial number pose as a cleaned one', () => {
    const cleaned = safeId('12/3');
    assert.notEqual(safeId(cleaned), cleaned);
  });

  it("leaves the bridge's topic to the bridge", () => {
    assert.notEqual(safeId('bridge'), 'bridge');
    assert.notEqual(safeId('Bridge'), 'Bridge');
  });

  it('is as quick with many blanks in it as with any other', () => {
    assert.match(safeId(`1${' '.repeat(300_000)}2`) ?? '', /^1-2-[0-9a-f]{12}$/);
  });

  it('in small letters is as distinct as before', () => {
    const id = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '1', '-', '_'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(id, id, (a, b) => {
        assert.equal(lowerCaseId(a) === lowerCaseId(b), a === b);
        assert.match(lowerCaseId(a), /^[a-z0-9-]*[a-z0-9]$/);
      }),
      { numRuns: 2_000 },
    );
    assert.equal(lowerCaseId('83334000001'), '83334000001');
    const cleaned = safeId('A_7/b') ?? '';
    assert.equal(lowerCaseId(cleaned), cleaned.toLowerCase().replaceAll('_', '-'));
  });

  it('is safe for any text, and different for different texts', () => {
    const serial = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
    );
    fc.assert(
      fc.property(serial, serial, (a, b) => {
        const ids = [safeId(a), safeId(b)];
        for (const id of ids) if (id !== undefined) assert.match(id, /^[A-Za-z0-9_-]{1,40}$/);
        const isSame = a.replace(/^[\s\0]+|[\s\0]+$/g, '') === b.replace(/^[\s\0]+|[\s\0]+$/g, '');
        if (ids[0] !== undefined) assert.equal(ids[0] === ids[1], isSame);
      }),
    );
  });
});
