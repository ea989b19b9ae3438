import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesInText, tableBytesIn } from '../../../src/cli/hex-input.js';
import { CommandError } from '../../../src/cli/texts.js';
import { toHex } from '../../../src/internal.js';
import { ADDRESSED, UNADDRESSED } from '../../support/fixtures/dumps.js';
import { runCli } from '../../support/cli/recorded-terminal.js';

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
  return assert.fail('it was read');
};
/** Bytes of which many are characters, as in tables. */
const anyBytes = fc.oneof(
  fc.uint8Array({ minLength: 9, maxLength: 120 }),
  fc
    .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 9, maxLength: 70 })
    .map((bytes) => Uint8Array.from(bytes)),
  fc
    .array(fc.constantFrom(0, 0x20, 0x2e, 0x7c, 0x61, 0x30, 0x0a, 0x27, 0x22, 0x5c), { minLength: 9, maxLength: 70 })
    .map((bytes) => Uint8Array.from(bytes)),
);

describe('dumps of any tool', () => {
  for (const [name, print] of [...ADDRESSED, ...UNADDRESSED]) {
    it(`are read as they were printed: ${name}`, () => {
      fc.assert(
        fc.property(anyBytes, (bytes) => {
          const text = print([...bytes]);
          assert.equal(toHex(tableBytesIn(text)), toHex(bytes), text);
          const runs = bytesInText(`${text}\r\n`);
          assert.equal(runs.map((run) => toHex(run)).join(' '), toHex(bytes), text);
        }),
        { numRuns: 60 },
      );
    });
  }

  for (const [name, print] of ADDRESSED) {
    it(`lose no byte when a character is lost: ${name}`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 40, maxLength: 100 }), fc.nat(), (bytes, at) => {
          const text = print([...bytes]);
          const place = at % text.length;
          const damaged = text.slice(0, place) + text.slice(place + 1);
          let read: Uint8Array | undefined;
          try {
            read = tableBytesIn(damaged);
          } catch (error) {
            if (!(error instanceof CommandError)) throw error;
          }
          if (read) assert.equal(toHex(read), toHex(bytes), damaged);
        }),
        { numRuns: 150 },
      );
    });
  }

  it('are distinguished line by line in a log', () => {
    const log = "12:00:01 sent b'\\x00\\x14?\\x00' \n12:00:02 got b'\\x00\\x01\\x0b'";
    assert.deepEqual(
      bytesInText(log).map((bytes) => toHex(bytes)),
      ['00 14 3F 00', '00 01 0B'],
    );
    const gaps = '0000  00 14 3f\n\n0000  00 01 0b';
    assert.deepEqual(
      bytesInText(gaps).map((bytes) => toHex(bytes)),
      ['00 14 3F', '00 01 0B'],
    );
  });

  it('take short answers behind a label', () => {
    for (const text of ['RX: 00 01 0B', '< 00 01 0B', '[12:00:00] <- 00 01 0B', '"00 01 0B"', '{0x00, 0x01, 0x0B}']) {
      assert.deepEqual(
        bytesInText(text).map((bytes) => toHex(bytes)),
        ['00 01 0B'],
        text,
      );
    }
  });

  it('take numbers with signs, and decimal ones of a serial port log', () => {
    assert.equal(toHex(tableBytesIn('[0, 20, 63, -116, -1]')), '00 14 3F 8C FF');
    assert.equal(toHex(tableBytesIn('[D][uart_debug:158]: >>> 0,20,63,0,23')), '00 14 3F 00 17');
    assert.equal(toHex(tableBytesIn(Buffer.from('a longer message').toString('base64'))).slice(0, 8), '61 20 6C');
  });

  const refused: [name: string, text: string, message: RegExp][] = [
    ['a buffer that was shortened', '<Buffer 00 14 3f 00 ... 170 more bytes>', /^Line 1, column 21: .*left bytes out/],
    ['an array that was shortened', 'Uint8Array(200) [\n 0, 20, 63,\n ... 197 more items\n]', /^Line 3, column 2: /],
    ['a length that does not fit', 'Uint8Array(4) [ 0, 20, 63 ]', /3 numbers where 4/],
    ['numbers that may be hex', '[10, 20, 30]', /decimal or hex/],
    ['a number that is no byte', '[0, 300]', /^Line 1, column 5: 300 is no byte/],
    ['hex among decimal numbers', '[1, 20, 3F]', /3F among decimal/],
    ['an escape that is cut off', "b'\\x00\\x1'", /^Line 1, column 7: /],
    ['a literal without end', "b'\\x00\\x14", /has no end/],
    ['a letter in no byte', "b'\\x00é\\x14'", /single byte/],
    ['hex digits as bytes', "b'00143f0017'", /hex digits/],
    ['a lost digit', '00 14 3F 0 17 00 00 00 00 2C', /^Line 1, column 10: 0 /],
    ['a letter that is no digit', '00 14 3F 00 17 0G 00 00 00 2C 77 01', /^Line 1, column 16: 0G .*may be part/],
    ['a text that is not the bytes', '0000   41 42 43 44   ABXD', /^Line 1, column 8: bytes and text/],
    ['words', '0000000 1400 003f 0017\n0000006', /words/],
    ['an address within the bytes', '0000: 00 14 3f\n0002: 00 17', /3 bytes, but 2 by the next address/],
    ['what may be an address', '000000 00 14 3f', /may be an address or bytes/],
    ['a star that tells nothing', '0000: 00 14 3f\n*\n0004: 00', /how often/],
    [
      'a record of socat that is cut',
      '> 2026/11/20 12:20:00.000123  length=4 from=0 to=3\n 00 14 3f\n--',
      /3 bytes follow where 4/,
    ],
    ['blanks among escapes', '\\x00\\x14? \\x00', /quotes/],
    ['a number that may be bytes', '1234567890', /number or bytes/],
    ['several pairs in a sentence', 'it said 00 01 0B and no more', /may be bytes/],
  ];
  for (const [name, text, message] of refused) {
    it(`are refused with ${name}`, () => {
      assert.match(
        refusal(() => bytesInText(text)),
        message,
      );
      // The command takes hex digits, even if they could be something else.
      if (!/^\d+$/.test(text)) refusal(() => tableBytesIn(text));
    });
  }

  it('of one table have no gap and begin at the given offset', () => {
    assert.match(
      refusal(() => tableBytesIn('0000: 00 14 3f\n0010: 00 17')),
      /^Line 2, column 1: bytes are missing before 16/,
    );
    assert.match(
      refusal(() => tableBytesIn('0010: 00 17')),
      /--offset 16/,
    );
    assert.equal(toHex(tableBytesIn('0010: 00 17', 16)), '00 17');
    assert.match(
      refusal(() => tableBytesIn('0000  00 17\n\n0000  00 17')),
      /second dump/,
    );
  });
});

describe('the commands that take dumps', () => {
  const reference = readFileSync(join(__dirname, '../../fixtures/dumps/bt28-termineter.txt'), 'utf8');

  it('decode what Termineter prints', async () => {
    const { output, exitCode } = await runCli(['decode', 'BT28', '-', '--json'], { input: reference });
    const { payload } = JSON.parse(output) as { payload: Record<string, number> };
    const { activePowerImport, reactivePowerExport, currentL1, voltageL1 } = payload;
    assert.deepEqual([activePowerImport, reactivePowerExport, currentL1, voltageL1], [2710, 569, 11.68, 225.319]);
    assert.equal(exitCode, 0);
  });

  it('explain what Python prints', async () => {
    const input = "b'\\x00\\x14?\\x00\\x17\\x00\\x00\\x00\\x00,\\x01\\x02\\x03\\x04t\\x86\\x1fmvX\\xddV'\n";
    const { output, exitCode } = await runCli(['explain', '--json'], { input });
    const [request] = JSON.parse(output) as Record<string, unknown>[];
    assert.deepEqual(
      [request?.['service'], request?.['table'], request?.['offset'], request?.['count']],
      ['partial-read', 'BT23', 0, 44],
    );
    assert.equal(exitCode, 0);
  });

  it('report line and column of unreadable input, and decode nothing', async () => {
    const { output, errors, exitCode } = await runCli(['decode', 'BT28', '-'], {
      input: reference.replace('9...', 'X...'),
    });
    assert.match(errors, /^Line 1, column 8: bytes and text of this line of a dump do not agree/);
    assert.equal(output, '');
    assert.equal(exitCode, 2);
  });
});
