/** Bytes as tools print them: what people paste. */
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const visible = (byte: number): string => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '.');
const shown = (bytes: readonly number[]): string => bytes.map(visible).join('');

function rows(bytes: readonly number[], size = 16): { at: number; row: number[] }[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => ({ at: i * size, row: bytes.slice(i * size, (i + 1) * size) }));
}

const address = (at: number, digits: number, base = 16): string => at.toString(base).padStart(digits, '0');
const grouped = (row: readonly number[], size: number, gap: string): string =>
  rows(row, size)
    .map((group) => group.row.map(hex).join(' '))
    .join(gap);
const words = (row: readonly number[]): string =>
  rows(row, 2)
    .map((group) => group.row.map(hex).join(''))
    .join(' ');

/** Python's `repr(bytes)`. */
function pythonBytes(bytes: readonly number[]): string {
  const quote = bytes.includes(39) && !bytes.includes(34) ? '"' : "'";
  const inner = bytes.map((byte) => {
    if (byte === 9) return '\\t';
    if (byte === 10) return '\\n';
    if (byte === 13) return '\\r';
    if (byte === 92) return '\\\\';
    if (String.fromCharCode(byte) === quote) return `\\${quote}`;
    return byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\x${hex(byte)}`;
  });
  return `b${quote}${inner.join('')}${quote}`;
}

const hexdumpC = (bytes: readonly number[]): string =>
  [
    ...rows(bytes).map(({ at, row }) => `${address(at, 8)}  ${grouped(row, 8, '  ').padEnd(48)}  |${shown(row)}|`),
    address(bytes.length, 8),
  ].join('\n');

/** `hexdump -C` and `od` print a row that is like the one before it as a star. */
function squeezed(dump: string): string {
  const lines = dump.split('\n');
  const dataOf = (line: string | undefined): string => line?.replace(/^\S+/, '') ?? '';
  return lines
    .map((line, i) => {
      const isLike = (n: number): boolean => dataOf(line) !== '' && dataOf(lines[n]) === dataOf(line);
      if (i === 0 || !isLike(i - 1)) return line;
      return i > 1 && isLike(i - 2) ? undefined : '*';
    })
    .filter((line) => line !== undefined)
    .join('\n');
}

const DUMPS: Readonly<Record<string, (bytes: readonly number[]) => string>> = {
  'hexdump -C': (bytes) => squeezed(hexdumpC(bytes)),
  xxd: (bytes) =>
    rows(bytes)
      .map(({ at, row }) => `${address(at, 8)}: ${words(row).padEnd(39)}  ${shown(row)}`)
      .join('\n'),
  'od -A x -t x1': (bytes) =>
    [...rows(bytes).map(({ at, row }) => `${address(at, 6)} ${grouped(row, 16, '')}`), address(bytes.length, 6)].join(
      '\n',
    ),
  'od -t x1': (bytes) =>
    [
      ...rows(bytes).map(({ at, row }) => `${address(at, 7, 8)} ${grouped(row, 16, '')}`),
      address(bytes.length, 7, 8),
    ].join('\n'),
  Wireshark: (bytes) =>
    rows(bytes)
      .map(({ at, row }) => `${address(at, 4)}  ${grouped(row, 8, '  ').padEnd(48)}   ${shown(row)}`)
      .join('\n'),
  Termineter: (bytes) =>
    rows(bytes)
      .map(({ at, row }) => `${address(at, 4)}   ${grouped(row, 8, '  ').toUpperCase().padEnd(48)}   ${shown(row)}`)
      .join('\n'),
  'tcpdump -X': (bytes) =>
    rows(bytes)
      .map(({ at, row }) => `\t0x${address(at, 4)}:  ${words(row).padEnd(39)}  ${shown(row)}`)
      .join('\n'),
  'the log of an ESP32': (bytes) =>
    rows(bytes)
      .map(
        ({ at, row }) =>
          `I (${339 + at}) uart: 0x${address(0x3ffb1230 + at, 8)}   ${grouped(row, 8, '  ').padEnd(48)}  |${shown(row)}|`,
      )
      .join('\n'),
  'addresses without text': (bytes) =>
    rows(bytes)
      .map(({ at, row }) => `${address(at, 4)}: ${grouped(row, 16, '')}`)
      .join('\n'),
};

const LITERALS: Readonly<Record<string, (bytes: readonly number[]) => string>> = {
  'Python bytes': pythonBytes,
  'a Python bytearray': (bytes) => `bytearray(${pythonBytes(bytes)})`,
  'escapes of C': (bytes) => `"${bytes.map((byte) => `\\x${hex(byte)}`).join('')}"`,
  'octal escapes': (bytes) => `'${bytes.map((byte) => `\\${address(byte, 3, 8)}`).join('')}'`,
  'a list of Python': (bytes) => `bytes([${bytes.join(', ')}])`,
  'a buffer in JSON': (bytes) => JSON.stringify({ type: 'Buffer', data: [...bytes] }),
  'a buffer in JSON, line by line': (bytes) =>
    JSON.stringify({ payload: { type: 'Buffer', data: [...bytes] } }, null, 2),
  'a buffer of Node.js': (bytes) => `<Buffer ${bytes.map(hex).join(' ')}>`,
  'an array of Node.js': (bytes) =>
    `Uint8Array(${bytes.length}) [\n${rows(bytes, 12)
      .map(({ row }) => `  ${row.map((byte) => String(byte).padStart(3)).join(', ')}`)
      .join(',\n')}\n]`,
  'xxd -i': (bytes) =>
    `unsigned char answer[] = {\n${rows(bytes, 12)
      .map(({ row }) => `  ${row.map((byte) => `0x${hex(byte)}`).join(', ')}`)
      .join(',\n')}\n};\nunsigned int answer_len = ${bytes.length};`,
  'pairs with colons': (bytes) => bytes.map(hex).join(':'),
  'the log of ESPHome': (bytes) => `[12:00:01][I][uart_debug:114]: <<< ${bytes.map(hex).join(':').toUpperCase()}`,
  'a log with a time and an arrow': (bytes) => `2026-11-20T12:20:00.123Z > ${bytes.map(hex).join(' ')}`,
  'xxd -p': (bytes) =>
    rows(bytes, 30)
      .map(({ row }) => row.map(hex).join(''))
      .join('\n'),
  'socat -x': (bytes) =>
    `> 2026/11/20 12:20:00.000123  length=${bytes.length} from=0 to=${bytes.length - 1}\n ${bytes.map(hex).join(' ')}\n--`,
};

/** How to print bytes, by the name of the tool; those with addresses first. */
export const ADDRESSED = Object.entries(DUMPS);
export const UNADDRESSED = Object.entries(LITERALS);
