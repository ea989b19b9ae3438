/** Dumps with a column of addresses: `hexdump -C`, `xxd`, `od -A x -t x1`, Wireshark, Termineter, ESP-IDF and their like. */
import { concatBytes } from '../../internal.js';
import { linesOf, type Pasted } from './place.js';
import { type Split, splitsOf } from './text-column.js';

/** Log prefix before the address, as microcontrollers print it. */
const LOG_PREFIX = /^\s*(?:(?:\[[^\]]*\]|[EWIDV] \(\d+\) [\w.-]+:|\d\d:\d\d:\d\d(?:[.,]\d+)?)\s*)+/;
const ADDRESS = /^(\s*)(0[xX])?([0-9a-fA-F]{4,16})h?(:|\s|$)(\s*)/;
const REPEATED = /^\s*\*\s*$/;
const PAIRS = /^[0-9a-fA-F]{2}(?=$|[\s-])/;
const WORDS = /^(?:[0-9a-fA-F]{4}|[0-9a-fA-F]{8}|[0-9a-fA-F]{16})(?:\s|$)/;
/** Digits of addresses in dumps that print words. */
const WORD_DUMP_DIGITS: readonly number[] = [6, 7];
const BASES = [16, 8, 10] as const;
const DIGITS: Readonly<Record<(typeof BASES)[number], RegExp>> = { 16: /^[0-9a-f]+$/i, 8: /^[0-7]+$/, 10: /^\d+$/ };
/** Higher addresses are memory addresses, not offsets in a table. */
const MAX_TABLE_ADDRESS = 0xffff;
/** Maximum number of bytes that a mark of repeated lines may add. */
const MAX_REPEATED_BYTES = 0x10000;

const REPETITION = { address: '', isMarked: false, isSetApart: false, splits: undefined, isRepetition: true } as const;

interface Line {
  readonly index: number;
  readonly end: number;
  /** Where the bytes begin. */
  readonly dataIndex: number;
  readonly address: string;
  /** True if a colon, 0x or several blanks mark it as an address. */
  readonly isMarked: boolean;
  readonly isSetApart: boolean;
  /** Undefined for a final line with only an address, and for the mark of repeated lines. */
  readonly splits: readonly Split[] | undefined;
  readonly isRepetition: boolean;
}

/** Takes dumps with addresses out of a text. */
export function readAddressed(pasted: Pasted): void {
  let block: Line[] = [];
  const flush = (): void => {
    const isRead = block.some(({ splits }) => splits) && readBlock(pasted, block);
    if (isRead) for (const { index, end } of block) pasted.blankDump(index, end);
    block = [];
  };
  for (const line of linesOf(pasted.left)) {
    const found = lineOf(pasted, line, block.length > 0);
    if (found === 'none') flush();
    else if (found) block.push(found);
  }
  flush();
}

/** A line of a dump; `none` for another line, undefined for an empty one. */
function lineOf(
  pasted: Pasted,
  { text, index }: { text: string; index: number },
  isWithin: boolean,
): Line | 'none' | undefined {
  if (text.trim() === '') return undefined;
  if (isWithin && REPEATED.test(text)) {
    return { ...REPETITION, index, end: index + text.length, dataIndex: index };
  }
  const prefix = LOG_PREFIX.exec(text)?.[0].length ?? 0;
  const found = ADDRESS.exec(text.slice(prefix));
  if (!found) return 'none';
  const [head, , marker, address = '', colon = '', gap = ''] = found;
  const dataIndex = prefix + head.length;
  const data = text.slice(dataIndex).trimEnd();
  const isMarked = colon === ':' || marker !== undefined;
  const isSetApart = isMarked || gap.length > 0 || colon === '\t';
  const base = {
    index,
    end: index + text.length,
    dataIndex: index + dataIndex,
    address,
    isMarked,
    isSetApart,
    isRepetition: false,
  };
  if (data === '') return isWithin ? { ...base, splits: undefined } : 'none';
  if (!isSetApart && !PAIRS.test(data) && !(WORDS.test(data) && WORD_DUMP_DIGITS.includes(address.length)))
    return 'none';
  if ((!isMarked && isPlainHex(text.slice(prefix))) || (colon === ':' && gap === '')) return 'none';
  if (!isMarked && WORDS.test(data)) {
    throw pasted.refusal(
      base.dataIndex,
      'a dump of words: the order of the bytes in them is not said. Use hexdump -C, xxd or od -A x -t x1',
    );
  }
  const splits = splitsOf(data);
  if (splits.length > 0) return { ...base, splits };
  if (!isWithin && (!isSetApart || !(PAIRS.test(data) || WORDS.test(data)))) return 'none';
  throw pasted.refusal(base.dataIndex, 'bytes and text of this line of a dump do not agree');
}

/** Groups of the same number of digits, each behind one blank: hex without addresses. */
function isPlainHex(text: string): boolean {
  const groups = text.trim().split(/ /);
  const [first = ''] = groups;
  const mayEndShort = groups.length > 2;
  return groups.every(
    (group, i) =>
      /^[0-9a-fA-F]+$/.test(group) &&
      (group.length === first.length || (mayEndShort && i === groups.length - 1 && group.length < first.length)),
  );
}

/** @returns true if the block is a dump; a doubtful one must begin at address 0 */
function readBlock(pasted: Pasted, block: readonly Line[]): boolean {
  const bases = BASES.filter((base) => block.every(({ address }) => address === '' || DIGITS[base].test(address)));
  const outcomes = bases.map((base) => runsOf(block, base));
  const isWhole = (outcome: Outcome): boolean => !('reason' in outcome) && isWithoutGap(outcome);
  const chosen = outcomes.find(isWhole) ?? outcomes[0];
  const [first] = block;
  if (!chosen || !first) return false;
  const isMarked = block.some((line) => line.isMarked);
  const isZero = Number.parseInt(first.address, 16) === 0;
  if ('reason' in chosen) {
    if (!isMarked && !isZero && !first.isSetApart) return false;
    throw pasted.refusal(chosen.index, chosen.reason);
  }
  const isConfirmed = isWithoutGap(chosen) && block.length > 1;
  const isSetApart =
    block.every((line) => line.isSetApart || !line.splits) && chosen.every(({ address }) => address === 0);
  if (!isMarked && !isConfirmed && !isSetApart) {
    if (!isZero && !first.isSetApart) return false;
    throw pasted.refusal(first.index, `${first.address} may be an address or bytes: give the bytes without addresses`);
  }
  for (const run of chosen) pasted.add(run);
  return true;
}

const isWithoutGap = (runs: readonly Run[]): boolean =>
  runs.every(({ address }, i) => {
    const before = runs[i - 1];
    return before === undefined || before.address + before.bytes.length === address;
  });

interface Run {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly address: number;
}

type Outcome = Run[] | { readonly index: number; readonly reason: string };

/**
 * The bytes of a dump, one run for each sequence of addresses without a gap; or the reason why they are ambiguous.
 * With addresses in another base than 16 each line is a run of its own.
 */
function runsOf(block: readonly Line[], base: number): Outcome {
  const runs: Run[] = [];
  let bytes = new Uint8Array(0);
  let start: { index: number; address: number } | undefined;
  let last = new Uint8Array(0);
  const finish = (): void => {
    if (start && bytes.length > 0) runs.push({ ...start, bytes });
    start = undefined;
    bytes = new Uint8Array(0);
  };
  for (const [i, line] of block.entries()) {
    const next = block.slice(i + 1).find(({ address }) => address !== '');
    const nextAddress = next && Number.parseInt(next.address, base);
    if (line.isRepetition) {
      const missing =
        start === undefined || nextAddress === undefined ? Number.NaN : nextAddress - start.address - bytes.length;
      if (last.length === 0 || !(missing > 0) || missing > MAX_REPEATED_BYTES || missing % last.length !== 0) {
        return { index: line.index, reason: 'the addresses do not show how often the line above is repeated' };
      }
      for (let done = 0; done < missing; done += last.length) bytes = concatBytes(bytes, last) as typeof bytes;
      continue;
    }
    const address = Number.parseInt(line.address, base);
    const before: Run | undefined = start ? { ...start, bytes } : runs.at(-1);
    const end = before && before.address + before.bytes.length;
    if (!line.splits) {
      if (address === end) continue;
      return { index: line.index, reason: `bytes are missing before address ${line.address}` };
    }
    if (end !== undefined && address !== 0 && address < end) {
      return { index: line.index, reason: `address ${line.address} lies within the bytes above it` };
    }
    if (base !== 16 || address !== end) finish();
    const isLast = nextAddress === undefined || nextAddress <= address;
    const found = chosen(line.splits, isLast ? undefined : nextAddress - address);
    if (typeof found === 'string') return { index: line.dataIndex, reason: found };
    start ??= { index: line.index, address };
    bytes = concatBytes(bytes, found) as typeof bytes;
    last = found as typeof last;
  }
  finish();
  return runs;
}

/** The bytes of a line, whose number follows from the next address. */
function chosen(splits: readonly Split[], count: number | undefined): Uint8Array | string {
  const [longest, ...others] = splits;
  if (!longest) return 'no bytes';
  if (count === undefined) {
    return others.length === 0 ? longest.bytes : 'bytes and text of this line cannot be distinguished';
  }
  const exact = splits.find(({ bytes }) => bytes.length === count);
  if (exact) return exact.bytes;
  if (longest.bytes.length < count) return longest.bytes;
  return `${longest.bytes.length} bytes, but ${count} by the next address`;
}

/** True if an address can be an offset in a table. */
export const isPlace = (address: number): boolean => address <= MAX_TABLE_ADDRESS;
