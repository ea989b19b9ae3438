/** Bytes in hex, in lines of logs, rows of web pages, messages of people: pairs with any separators or none, and a prefix. */
import { linesOf, type Pasted } from './place.js';

const PREFIXED = '(?:00x|0x|\\\\x)[0-9a-f]{2}';
const TOKEN = `(?:(?:${PREFIXED})+|(?:[0-9a-f]{2})+)h?`;
const PAIR = /(?:00x|0x|\\x)?([0-9a-f]{2})h?[\s,;:._-]*/giy;
const RUN = new RegExp(`(?<![0-9a-z\\\\])${TOKEN}(?:[\\s,;:._-]+${TOKEN})*(?![0-9a-z])`, 'gi');
const CELL = /(?:[^\t|]|\|(?=\|))+/g;
/** Fewer bytes within other text may be words or numbers. */
const MIN_BYTES_IN_TEXT = 5;
/** A serial number or the like. */
const DECIMAL_NUMBER = /^\d{1,17}$/;
/** Digits that may be a number or bytes. */
const MIN_DOUBTFUL_DIGITS = 8;
const LENGTH_BYTES = 2;

/** Dates, times, counts and the like around bytes. */
const AROUND: readonly RegExp[] = [
  /\x1b\[[0-9;]*m/g,
  /(?<![:\w])(?:\d{4}[-/]\d\d[-/]\d\d[T ]?)?(?:\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?(?=[\s\])>|,]|$))?/g,
  /(?<![\w.])(?:\d{4}-\d\d-\d\d|\d{4}\/\d\d\/\d\d|\d\d[./]\d\d[./]\d{4})(?![\w-])/g,
  /(?<!\w)(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* +\d{1,2}(?!\w)/g,
  /(?<![\w.:])\d+\.(?:\d{3,}|\d)(?![\w.:])/g,
  /(?<!\w)\(?\d+ bytes?\)?/gi,
  /(?<!\w)[a-z_][\w.]*\s*=\s*\d+(?!\w)/gi,
  /"[\w -]+"\s*:\s*-?\d+(?:\.\d+)?(?=\s*[,}])/g,
  /^\s*[EWIDV] \(\d+\) [\w.-]+:/g,
  /(?<=^\s*(?:\[[^\]]*\]\s*)*)\[(?=[^\]]*[g-z])[^\]]*\]/gi,
  /(?<!\w)#\d+/g,
];
/** Prefixes of bytes. */
const LABEL =
  /^(?:\s|\[\s*\]|\(\s*\)|<-+|-+>|[<>=→←«»]+|"|'|(?=[\w./()#-]*[g-z_#])[\w./()#-]+\s*[:=>]|(?:tx|rx|send|sent|recv|received|request|response|answer|reply|alert|reads?|writes?|got)\b)+/i;
/** Closing characters after the bytes. */
const END = /[\s"'<>}\];,.]*$/;
const PAIRS_APART = /^(?:00x|0x|\\x)?[0-9a-f]{2}h?(?:[^0-9a-z]|$)/i;
const SEVERAL_PAIRS = /(?<![\w.,:-])[0-9a-f]{2}(?: [0-9a-f]{2}){2,}(?![\w.,:-])/i;
/** Two hex pairs, at least one of which is not a decimal number. */
const TWO_PAIRS =
  /(?<![\w.,:-])(?:(?:0\d|\d[a-f]|[a-f]\d) [0-9a-f]{2}|[0-9a-f]{2} (?:0\d|\d[a-f]|[a-f]\d))(?![\w.,:-])/i;
const PREFIXED_AND_PAIR = /0x[0-9a-f]{3,} +[0-9a-f]{2}(?!\w)/i;
/** A first word of hex digits, or a pair anywhere. */
const LIKE_DUMP = /^\s*(?:0?x)?(?=[a-f]*\d)[0-9a-f]+h?:?(?:\s|$)|(?:^|\s)[0-9a-f]{2}(?:\s|$)/i;
const LEFT_TOKEN = /[\w\\]+/g;
const LOOKS_LIKE_BYTES = /^(?:(?:0x|00x|\\x)\w*|00\d+|[0-9a-f]{1,2}h?|(?=\w*\d)(?=\w*[a-f])[0-9a-f]{2,})$/i;

/** Takes bytes out of every line that has some. */
export function readHexLines(pasted: Pasted): void {
  for (const line of linesOf(pasted.left)) {
    if (LIKE_DUMP.test(withoutAround(line.text)) && pasted.isBesideDump(line.index, line.text.length)) {
      throw pasted.refusal(line.index, 'this line is not like those of the dump around it');
    }
    for (const cell of line.text.matchAll(CELL)) readCell(pasted, cell[0], line.index + cell.index);
  }
}

/** Replaces dates, times and the like with blanks. */
function withoutAround(text: string): string {
  return AROUND.reduce((left, pattern) => left.replace(pattern, (found) => ' '.repeat(found.length)), text);
}

function readCell(pasted: Pasted, cell: string, index: number): void {
  const text = withoutAround(cell);
  const label = LABEL.exec(text)?.[0].length ?? 0;
  const data = text.slice(label).replace(END, '');
  const runs = [...text.matchAll(RUN)].map((found) => ({ text: found[0], at: found.index }));
  const [only] = runs;
  const isAll = runs.length === 1 && only !== undefined && only.at === label && only.text.length === data.length;
  if (isAll) {
    if (DECIMAL_NUMBER.test(only.text) && !only.text.startsWith('00') && only.text.length > 2) {
      if (only.text.length < MIN_DOUBTFUL_DIGITS || label > 0 || isCellOfRow(pasted, index)) return;
      throw pasted.refusal(index + only.at, `${only.text} may be a number or bytes: write blanks between bytes`);
    }
    if (PAIRS_APART.test(only.text) || pairs(only.text).length >= MIN_BYTES_IN_TEXT) {
      pasted.add({ index: index + only.at, bytes: pairs(only.text) });
    } else if (/\d/.test(only.text)) {
      throw pasted.refusal(index + only.at, `${only.text} may be bytes: write blanks between them`);
    }
    return;
  }
  const taken = runs
    .filter((run) => !DECIMAL_NUMBER.test(run.text))
    .map((run) => ({ ...run, bytes: pairs(run.text) }))
    .filter(({ bytes }) => bytes.length >= MIN_BYTES_IN_TEXT);
  refuseLeftovers(pasted, text, index, taken);
  for (const { at, bytes } of taken) pasted.add({ index: index + at, bytes });
}

/** True for a row of a table: a number in a cell is a number. */
function isCellOfRow(pasted: Pasted, index: number): boolean {
  const start = pasted.left.lastIndexOf('\n', index - 1) + 1;
  const end = pasted.left.indexOf('\n', index);
  return /[\t|]/.test(pasted.left.slice(start, end < 0 ? undefined : end));
}

interface Taken {
  readonly text: string;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Refuses text that looks like bytes but was not taken as such: it would be lost. */
function refuseLeftovers(pasted: Pasted, text: string, index: number, taken: readonly Taken[]): void {
  let left = text;
  for (const { at, text: run } of taken)
    left = left.slice(0, at) + ' '.repeat(run.length) + left.slice(at + run.length);
  if (taken.length === 0) {
    const several = SEVERAL_PAIRS.exec(left) ?? TWO_PAIRS.exec(left) ?? PREFIXED_AND_PAIR.exec(left);
    if (several) throw pasted.refusal(index + several.index, `${several[0].trim()} may be bytes: give them alone`);
    return;
  }
  const areMessages = taken.every(({ bytes }) => isMessage(bytes));
  const doubtful = [...left.matchAll(LEFT_TOKEN)].filter(({ 0: token, index: at }) => {
    if (areMessages && /^\d{1,2}$/.test(token)) return false;
    const isBetween =
      token.length <= 2 &&
      taken.some((run) => run.at + run.text.length + 1 === at) &&
      taken.some((run) => run.at === at + token.length + 1);
    return isBetween || LOOKS_LIKE_BYTES.test(token);
  });
  const [found] = [...doubtful.filter(([token]) => !PAIRS_APART.test(token)), ...doubtful];
  if (found)
    throw pasted.refusal(index + found.index, `${found[0]} is not understood, and may be part of the bytes beside it`);
}

/** True if the length field at the front is the number of bytes after it. */
function isMessage(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0) === bytes.length - LENGTH_BYTES;
}

function pairs(run: string): Uint8Array {
  return Uint8Array.from(run.matchAll(PAIR), ([, digits = '']) => Number.parseInt(digits, 16));
}
