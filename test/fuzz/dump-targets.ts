/** Input of `nes-meter explain` and `decode`: dumps of tools, logs, and other pasted text. */
import assert from 'node:assert/strict';
import { concatBytes } from '../../src/bytes/hex.js';
import { encodeRequest, type TableRequest } from '../../src/c1218/services.js';
import { explain, explanationJson, explanationText } from '../../src/cli/explain.js';
import { bytesInText, bytesInWords, tableBytesIn } from '../../src/cli/hex-input.js';
import { CommandError } from '../../src/cli/texts.js';
import { UsageError } from '../../src/errors.js';
import { frameMessage, LENGTH_BYTES } from '../../src/mep/message.js';
import { digestSecurity } from '../../src/mep/security.js';
import { packetsOf } from '../../src/optical/message.js';
import { ACK, encodePacket, NAK } from '../../src/optical/packet.js';
import { encodeOpticalRequest } from '../../src/optical/requests.js';
import { DEMO_KEY, SimulatedMeter } from '../../src/simulator/index.js';
import { CATALOGUE, DEFAULT_DIMENSIONS } from '../../src/tables/index.js';
import { ADDRESSED, UNADDRESSED } from '../support/fixtures/dumps.js';
import { type Target, target } from './engine.js';
import { mutateBytes, oneOf, type Random, someBytes } from './inputs.js';

const KEY = new TextEncoder().encode(DEMO_KEY);
const security = digestSecurity(KEY);
const meter = new SimulatedMeter({ seed: 7 });

/** Text around and within dumps, and tokens that dump readers look for. */
const SNIPPETS = [
  '\n',
  '\r\n',
  '\n*\n',
  ' ',
  '\t',
  '0x',
  '\\x',
  "b'",
  "'",
  '"',
  '[',
  ']',
  '{',
  '<Buffer ',
  '00000000: ',
  '00000010  ',
  '|....|',
  '12:00:00.123 > ',
  'length=8 from=0 to=7\n',
  '"data": [',
  '-1, 256, 1e9',
  '\\',
  '\\u{1F600}',
  '\0',
  '\u001b[31m',
  'ü𝄞\ud800',
  '//',
  '/*',
  'AAAA'.repeat(20),
  '( '.repeat(200),
  "\\x00'".repeat(100),
];

const PRINTERS = [...ADDRESSED, ...UNADDRESSED].map(([, print]) => print);

const printed = (random: Random): string => oneOf(random, PRINTERS)([...messageBytes(random)]);

/** The text with a part removed, repeated or replaced, or a snippet inserted. */
function mutateText(random: Random, text: string): string {
  const [at, length] = [random.integer(0, text.length), random.integer(0, 12)];
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.integer(0, 4)) {
    case 0:
      return before + after.slice(length);
    case 1:
      return before + after.slice(0, length * 8) + after;
    case 2:
      return before + oneOf(random, SNIPPETS) + after.slice(random.integer(0, 2));
    case 3:
      return before;
    default:
      return before + String.fromCharCode(random.integer(0, 0x7f)) + after.slice(1);
  }
}

function aText(random: Random): string {
  let text = Array.from({ length: random.integer(1, 3) }, () =>
    random.chance(0.15) ? oneOf(random, SNIPPETS) : printed(random),
  ).join(oneOf(random, ['\n', ' ', '\n\n', '']));
  for (let times = random.integer(0, 4); times > 0; times--) text = mutateText(random, text);
  return text;
}

/** A refusal with position and reason counts as an error of the package. */
function read<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    assert.ok(error.message.length > 10 && error.message.length < 600, error.message);
    throw new UsageError('bad-payload', error.message);
  }
}

const dumps = target('dumps', 6, aText, (text) => {
  const runs = read(() => bytesInText(text));
  const size = runs.reduce((sum, { length }) => sum + length, 0);
  // A repeated line of a dump (`*`) may hold more bytes than characters; nothing else does.
  assert.ok(size <= text.length || text.includes('*'), `${size} bytes out of ${text.length} characters`);
  read(() => bytesInWords(text.split(' ')));
  read(() => tableBytesIn(text));
});

const aRequest = (random: Random): TableRequest => ({
  service: 'partial-read',
  table: oneOf(random, CATALOGUE).number,
  offset: random.integer(0, 40),
  count: random.integer(1, 300),
});

/** A signed request with or without its answer, or packets of the optical port with their acknowledgements. */
function messageBytes(random: Random): Uint8Array {
  if (random.chance(0.2)) return someBytes(random, 80);
  const request = aRequest(random);
  if (random.chance(0.4)) {
    const message = encodeOpticalRequest({ ...request, service: 'full-read' });
    const packets = packetsOf(message, 64, 4, random.chance(0.5)) ?? [];
    return concatBytes(
      ...packets.flatMap((packet) => [encodePacket(packet), Uint8Array.of(oneOf(random, [ACK, NAK]))]),
    );
  }
  const sequence = meter.port.sequence;
  const { message } = security.seal(encodeRequest(request), sequence);
  const answer = random.chance(0.6) ? [frameMessage(meter.answer(message.subarray(LENGTH_BYTES)))] : [];
  return concatBytes(message, ...answer);
}

const isControl = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return (code < 0x20 && character !== '\n') || (code >= 0x7f && code < 0xa0);
};

const explanations = target(
  'explain',
  4,
  (random) => ({
    runs: Array.from({ length: random.integer(1, 4) }, () => {
      const bytes = messageBytes(random);
      return random.chance(0.5) ? mutateBytes(random, bytes) : bytes;
    }),
    hasKey: random.chance(0.7),
    asked: random.chance(0.2) ? aRequest(random) : undefined,
  }),
  ({ runs, hasKey, asked }) => {
    const explained = explain(runs, { key: hasKey ? KEY : undefined, dimensions: DEFAULT_DIMENSIONS, asked });
    const text = explanationText(explained, false);
    assert.ok(!Array.from(text).some(isControl), 'control characters reach the terminal');
    const json: unknown = JSON.parse(JSON.stringify(explanationJson(explained)));
    assert.ok(Array.isArray(json) && json.length === explained.length);
    const given = runs.reduce((sum, { length }) => sum + length, 0);
    const explainedBytes = explained.reduce(
      (sum, { message }) => sum + message.bytes.length + (message.before?.length ?? 0),
      0,
    );
    assert.equal(explainedBytes, given, 'every byte belongs to a message or is reported before one');
  },
);

/** Targets of the command line. */
export const DUMP_TARGETS: readonly Target[] = [dumps, explanations];
