/**
 * Finds bytes in what people paste: hex pairs with any separators or none, `0x`, `00x` or `\x` before them, labels and
 * times around them, rows of a web page, hex dumps, buffers as debuggers print them.
 */
const TIME_STAMPS = /(?<![:\w])(?:\d{4}-\d\d-\d\d[T ]?)?(?:\d\d:\d\d:\d\d(?:[.,]\d+)?Z?(?=[\s\])>|]|$))?/g;
const DUMP_ADDRESS = /^\s*[0-9a-f]{4,8}:\s/i;
const DECIMAL_LIST = /\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\]/g;
const PREFIXED = '(?:00x|0x|\\\\x)[0-9a-f]{2}';
const TOKEN = `(?:(?:${PREFIXED})+|(?:[0-9a-f]{2})+)h?`;
const PAIR = /(?:00x|0x|\\x)?([0-9a-f]{2})h?[\s,;:._-]*/giy;
const RUN = new RegExp(`(?<![0-9a-z])${TOKEN}(?:[\\s,;:._-]+${TOKEN})*(?![0-9a-z])`, 'gi');
/** A message is longer than what words and numbers around it may be taken for. */
const SHORTEST_IN_TEXT = 5;
/** A serial number or the like. */
const DECIMAL_NUMBER = /^\d{1,17}$/;
const CELLS = /\t+|\s*\|\s*/;

/** The runs of bytes in a text, in order. */
export function bytesInText(text: string): Uint8Array[] {
  return text.split(/\r?\n/).flatMap((line) => line.split(CELLS).flatMap(bytesInCell));
}

/**
 * The runs of bytes in the words of a command line: pairs that the shell took apart belong together, quoted ones stand
 * for themselves.
 */
export function bytesInWords(words: readonly string[]): Uint8Array[] {
  const isTakenApart = words.some((word) => /^(?:00x|0x|\\x)?[0-9a-f]{2}h?[,;]?$/i.test(word));
  return isTakenApart ? bytesInText(words.join(' ')) : words.flatMap(bytesInText);
}

/** All bytes of a text that is meant to hold bytes of a table and nothing else; what else it holds is stepped over. */
export function allBytesIn(text: string): Uint8Array[] {
  const trimmed = text.trim();
  const [run] = trimmed.match(RUN) ?? [];
  return run?.length === trimmed.length ? [pairs(trimmed)] : bytesInText(text);
}

function bytesInCell(cell: string): Uint8Array[] {
  const lists = [...cell.matchAll(DECIMAL_LIST)].map(([list]) => decimals(list)).filter((list) => list !== undefined);
  if (lists.length > 0) return lists;
  const text = cell.replace(TIME_STAMPS, (stamp) => ' '.repeat(stamp.length)).replace(DUMP_ADDRESS, '');
  const runs = [...text.matchAll(RUN)].map(([run]) => run).filter((run) => !DECIMAL_NUMBER.test(run));
  const isAll =
    runs.length === 1 && runs[0]?.length === text.trim().length && /^(?:00x|0x|\\x)?..(?:[^0-9a-z]|$)/i.test(runs[0]);
  return runs.map(pairs).filter((bytes) => isAll || bytes.length >= SHORTEST_IN_TEXT);
}

function pairs(run: string): Uint8Array {
  return Uint8Array.from(run.matchAll(PAIR), ([, digits = '']) => Number.parseInt(digits, 16));
}

/** `[0, 20, 63]`; a list of which every number has two digits is more likely hex. */
function decimals(list: string): Uint8Array | undefined {
  const numbers = list.match(/\d+/g) ?? [];
  if (numbers.every((number) => number.length === 2) || numbers.some((number) => Number(number) > 255))
    return undefined;
  return Uint8Array.from(numbers, Number);
}
