import assert from 'node:assert/strict';
import { parseAccessKey, type KeyFormat } from '../../src/connect/access-key.js';
import { concatBytes, fromHex, toHex } from '../../src/bytes/hex.js';
import { decodeAnswer, decodeRequest, encodeRequest, type TableRequest } from '../../src/c1218/services.js';
import { isMeterError } from '../../src/errors.js';
import { FrameDecoder, type FrameStartMatcher } from '../../src/mep/frame-decoder.js';
import { frameMessage } from '../../src/mep/message.js';
import { handshakeAnswerMatcher, matchSealedAnswer } from '../../src/mep/tls-message.js';
import { digestSecurity, rc4Security } from '../../src/mep/security.js';
import {
  homeAssistant,
  isLinkReport,
  linkReportOf,
  publishLinkReport,
  publishReading,
  publishSilence,
  readingOf,
} from '../../src/publish/index.js';
import {
  decodeReading,
  decodeValues,
  plausibility,
  type ReadingOptions,
  type ReadingTable,
} from '../../src/readings/index.js';
import { DEMO_KEY, PROFILES, SimulatedMeter } from '../../src/simulator/index.js';
import {
  CATALOGUE,
  decodeProcedureAnswer,
  decodeTable,
  DEFAULT_DIMENSIONS,
  type Dimensions,
  encodeTable,
  findTable,
  layoutOf,
  type TableDescription,
  type TableValues,
  tableSize,
} from '../../src/tables/index.js';
import { homeAssistantPublication } from '../support/readings/home-assistant-stage.js';
import { type Target, target } from './engine.js';
import { isFields, mutate, mutateBytes, oneOf, type Random, someBytes } from './inputs.js';
import { DUMP_TARGETS } from './dump-targets.js';
import { HISTORY_TARGETS } from './history-targets.js';
import { OPTICAL_TARGETS } from './optical-targets.js';
import { TLS_TARGETS } from './tls-targets.js';

const KEY = new TextEncoder().encode(DEMO_KEY);
const [digest, rc4] = [digestSecurity(KEY), rc4Security(KEY)];
const meters = PROFILES.map((profile) => new SimulatedMeter({ profile, seed: 7 }));
const meter = meters[1] ?? new SimulatedMeter();

const isJsonSafe = (value: unknown): void => {
  assert.deepEqual(JSON.parse(JSON.stringify(value)), value);
};

// Bytes received on the line.

const anAnswer = (random: Random): Uint8Array => {
  const data = someBytes(random, random.chance(0.1) ? 465 : 40);
  const count = Uint8Array.of(data.length >> 8, data.length & 0xff);
  const code = Uint8Array.of(random.chance(0.7) ? 0 : random.integer(0, 0x0d));
  return code[0] === 0 ? concatBytes(code, count, data) : concatBytes(code, someBytes(random, 6));
};
const aRequest = (random: Random): Extract<TableRequest, { service: 'partial-read' }> => ({
  service: 'partial-read',
  table: oneOf(random, CATALOGUE).number,
  offset: random.integer(0, 600),
  count: random.integer(1, 600),
});

/** By request; any other input is an answer to a request with digest security. */
const MATCHERS: Readonly<Record<string, () => FrameStartMatcher>> = {
  rc4: () => rc4.seal(Uint8Array.of(0x3f), 1).matchStart,
  tls: () => matchSealedAnswer,
  'tls handshake': () => handshakeAnswerMatcher(false),
  'tls flight': () => handshakeAnswerMatcher(true),
};

/** A message that a port set to TLS could send. */
const aTlsAnswer = (random: Random): Uint8Array => {
  const fragment = someBytes(random, 40);
  const header = Uint8Array.of(random.integer(0x13, 0x18), 3, 3, 0, fragment.length);
  return frameMessage(concatBytes(Uint8Array.of(oneOf(random, [0, 0, 0, 1, 3, 0x0a])), header, fragment));
};

/** Every byte is used once, and the division into chunks makes no difference. */
function decodeFrames({ pieces, size, answerTo }: { pieces: Uint8Array[]; size: number; answerTo: string }): void {
  const line = concatBytes(...pieces);
  const matchStart = MATCHERS[answerTo]?.() ?? digest.seal(Uint8Array.of(0x3f), size).matchStart;
  const seen = [size, line.length].map((step) => {
    const found: string[] = [];
    let accounted = 0;
    const decoder = new FrameDecoder(
      {
        message: (body) => {
          // Every second plausible message is a true one.
          const isTrue = (body.at(-1) ?? 0) % 2 === 0;
          if (isTrue) found.push(toHex(body));
          if (isTrue) accounted += body.length + 2;
          return isTrue;
        },
        alert: () => {
          found.push('alert');
          accounted += 2;
        },
      },
      matchStart,
    );
    for (let at = 0; at < line.length; at += Math.max(1, step)) decoder.push(line.subarray(at, at + Math.max(1, step)));
    decoder.gap();
    assert.equal(accounted + decoder.discardedBytes, line.length);
    assert.equal(decoder.isWaiting, false);
    return found;
  });
  assert.deepEqual(seen[0], seen[1]);
}

const frames = target(
  'frame decoder',
  20,
  (random) => ({
    pieces: Array.from({ length: random.integer(0, 6) }, () => {
      const kind = random.integer(0, 3);
      if (kind === 0) return Uint8Array.of(0, 0);
      if (kind === 1) return someBytes(random, random.chance(0.1) ? 600 : 20);
      const isTls = random.chance(0.3);
      const message = isTls ? aTlsAnswer(random) : frameMessage(concatBytes(anAnswer(random), random.bytes(8)));
      return kind === 2 ? message : mutateBytes(random, message);
    }),
    size: random.integer(1, 60),
    answerTo: oneOf(random, ['digest', 'digest', ...Object.keys(MATCHERS)]),
  }),
  decodeFrames,
);

const answers = target(
  'answers',
  15,
  (random) => ({
    request: aRequest(random),
    sequence: random.integer(0, 2 ** 31),
    answer: anAnswer(random),
    change: random.chance(0.5) ? random.bytes(3) : new Uint8Array(0),
    isEncrypted: random.chance(0.3),
  }),
  ({ request, sequence, answer, change, isEncrypted }) => {
    const sealed = (isEncrypted ? rc4 : digest).seal(encodeRequest(request), sequence);
    const garbled = answer.slice();
    for (const byte of change) if (garbled.length > 0) garbled[byte % garbled.length] = byte;
    const opened = sealed.open(concatBytes(garbled, change));
    assert.ok(opened === undefined || opened.length <= garbled.length + change.length);
    assert.ok(decodeAnswer(request, garbled).data.length <= request.count);
  },
);

const requests = target(
  'requests',
  10,
  (random) => (random.chance(0.5) ? someBytes(random, 40) : mutateBytes(random, encodeRequest(aRequest(random)))),
  (bytes) => {
    const request = decodeRequest(bytes);
    if (request) assert.equal(toHex(encodeRequest(request)), toHex(bytes));
  },
);

const simulated = target(
  'simulated meter',
  4,
  (random) => ({
    body: random.chance(0.5) ? encodeRequest(aRequest(random)) : someBytes(random, 40),
    isSigned: random.chance(0.8),
    isEncrypted: random.chance(0.3),
  }),
  ({ body, isSigned, isEncrypted }) => {
    const { message } = (isEncrypted ? rc4 : digest).seal(body, meter.port.sequence);
    const answer = meter.answer(isSigned ? message.slice(2) : body);
    assert.ok(answer.length > 0 && answer.length <= 476);
  },
);

// Contents of tables.

/** A table of a meter as a message may contain it: bytes and dimensions of the same meter, or one of them damaged. */
interface TableCase {
  readonly table: string;
  readonly bytes: Uint8Array;
  readonly dims: Dimensions;
}

const images = meters.map(
  (owner) =>
    new Map<TableDescription, Uint8Array | undefined>(CATALOGUE.map((table) => [table, owner.image(table.name)])),
);

function aTable(random: Random, table: TableDescription): TableCase {
  const place = random.integer(0, meters.length - 1);
  const image = images[place]?.get(table);
  const plain = (meters[place] ?? meter).dimensions;
  const dims = random.chance(0.5) ? plain : someDimensions(random, table, plain);
  let bytes = image ?? someBytes(random, random.chance(0.1) ? 2_000 : 300);
  if (dims !== plain || !image) bytes = fitted(random, table, bytes, dims);
  if (random.chance(0.5)) bytes = mutateBytes(random, bytes);
  return { table: table.name, bytes, dims };
}

/** The bytes, repeated or cut to the size of the dimensions. */
function fitted(random: Random, table: TableDescription, bytes: Uint8Array, dims: Dimensions): Uint8Array {
  const length = random.chance(0.7) ? perhaps(() => tableSize(table, dims)) : undefined;
  if (length === undefined || length > 5_000 || bytes.length === 0) return bytes;
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0);
}

/** Dimensions decoded from random bytes, none, or damaged ones. */
function someDimensions(random: Random, table: TableDescription, plain: Dimensions): Dimensions {
  const kind = random.integer(0, 5);
  if (kind === 0) return random.chance(0.5) ? {} : DEFAULT_DIMENSIONS;
  if (kind < 3) {
    const dims: Record<string, TableValues> = {};
    for (const name of [...table.needs, ...(random.chance(0.3) ? [table.name, 'BT01'] : [])]) {
      const values = perhaps(() => decodeTable(findTable(name)!, someBytes(random, 600), { ...plain, ...dims }));
      if (values) dims[name] = values;
    }
    return { ...(random.chance(0.5) && plain), ...dims };
  }
  let spoilt: unknown = plain;
  for (let times = random.integer(1, 3); times > 0; times--) spoilt = mutate(random, spoilt);
  const need = table.needs.length > 0 ? oneOf(random, table.needs) : 'BT21';
  if (!isFields(spoilt)) return plain;
  return { ...spoilt, ...(random.chance(0.5) && { [need]: mutate(random, plain[need]) }) } as Dimensions;
}

/** The result of `work`, or undefined for an error of this package; any other error is thrown. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isMeterError(error)) return undefined;
    throw error;
  }
}

/** As `attempt`, to make inputs: all errors are ignored here, since the target reports them. */
function perhaps<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const tables = target(
  'tables',
  20,
  (random) => aTable(random, oneOf(random, CATALOGUE)),
  ({ table: name, bytes, dims }) => {
    const table = findTable(name)!;
    attempt(() => layoutOf(table, dims));
    attempt(() => tableSize(table, dims));
    isJsonSafe(decodeTable(table, bytes, dims));
  },
);

const encoding = target(
  'tables, written',
  5,
  (random) => {
    const table = oneOf(random, CATALOGUE);
    const { bytes, dims } = aTable(random, table);
    const values = mutate(random, perhaps(() => decodeTable(table, bytes, dims)) ?? {});
    return { table: table.name, values: isFields(values) ? values : {}, dims };
  },
  ({ table: name, values, dims }) => {
    const table = findTable(name)!;
    // Only tables of ordinary size are ever written.
    if (isFields(values) && tableSize(table, dims) < 5_000) encodeTable(table, values as TableValues, dims);
  },
);

const someOptions = (random: Random, dimensions: Dimensions): ReadingOptions => ({
  ...(random.chance(0.3) && { offset: oneOf(random, [0, 4, 44, 220, -1, 0.5, NaN, 1e9, random.integer(0, 400)]) }),
  ...(random.chance(0.5) && { complete: random.chance(0.5) }),
  ...(random.chance(0.9) && { dimensions }),
});

const values = target(
  'decodeValues',
  15,
  (random) => {
    const { table, bytes, dims } = aTable(random, oneOf(random, CATALOGUE));
    return { table, bytes, options: someOptions(random, dims) };
  },
  ({ table, bytes, options }) => {
    isJsonSafe(decodeValues(table, bytes, options).values);
  },
);

const reading = target(
  'decodeReading',
  15,
  (random) => {
    const name: ReadingTable = random.chance(0.5) ? 'BT23' : 'BT28';
    const { bytes, dims } = aTable(random, findTable(name)!);
    return { table: name, bytes, options: someOptions(random, dims) };
  },
  ({ table, bytes, options }) => {
    const { payload, registers } = decodeReading(table, bytes, options);
    isJsonSafe(payload);
    for (const value of Object.values(payload)) assert.ok(value === null || Number.isFinite(value));
    assert.ok(registers.length > 0 || Object.values(payload).every((value) => value === null));
  },
);

const procedures = target(
  'procedure answers',
  2,
  (random) => someBytes(random, 64),
  (bytes) => {
    decodeProcedureAnswer(bytes);
  },
);

// Contents of messages, settings and context stores.

export const exampleReading = ((): Record<string, unknown> => {
  const bytes = meter.image('BT23')!;
  const { payload, registers } = decodeReading('BT23', bytes, { complete: true, dimensions: meter.dimensions });
  const table = {
    id: 'BT23',
    number: 23,
    offset: 0,
    length: bytes.length,
    complete: true,
    readAt: '2026-01-01T00:00:00Z',
  };
  const description = { serial: '83334000001', manufacturer: 'NES', model: '83334', firmware: '3.72', protocol: 'mep' };
  return {
    payload,
    registers: registers.slice(0, 4),
    table,
    meter: { ...description, dimensions: { BT21: { numberOfTiers: 4 } } },
  };
})();
export const exampleStatus = {
  payload: {
    state: 'online',
    online: true,
    code: null,
    text: '',
    since: '2026-01-01T00:00:00Z',
    counters: { timeouts: 3 },
  },
  meter: { serial: '83334000001', model: '83334' },
};
const mutatedMessage = (random: Random, example: object): unknown => {
  let message: unknown = example;
  for (let times = random.integer(0, 3); times > 0; times--) message = mutate(random, message);
  return isFields(message) ? message : { payload: message };
};
const DATE = new Date('2026-01-01T00:00:10Z');

const announcements = target(
  'Home Assistant messages',
  6,
  (random) => ({
    messages: Array.from({ length: random.integer(1, 3) }, () =>
      mutatedMessage(random, random.chance(0.3) ? exampleStatus : exampleReading),
    ),
    settings: random.chance(0.7)
      ? {}
      : mutate(random, { prefix: 'ha', baseTopic: 'nes', expireAfter: '60', serial: '7', keepReadings: '9' }),
  }),
  ({ messages, settings: given }) => {
    const settings = { ...homeAssistant.homeAssistantSettings(given ?? {}), keepReadings: 2 };
    const publication = homeAssistantPublication(settings);
    let known: homeAssistant.KnownMeter | undefined;
    let outbox = homeAssistant.EMPTY_OUTBOX;
    for (const message of messages as { payload?: unknown }[]) {
      attempt(() => homeAssistant.homeAssistantStatus(message, settings));
      const published = attempt(() => {
        if (!isLinkReport(message)) {
          const reading = readingOf(message, settings, DATE);
          const received = publishReading(publication, known, reading, known === undefined);
          if (received) outbox = homeAssistant.post(outbox, received.messages, reading, settings, 0).outbox;
          return received;
        }
        const report = linkReportOf(message, settings);
        return report && publishLinkReport(publication, known, report, DATE);
      });
      if (!published) continue;
      known = published.meter;
      const again = homeAssistant.announceAgain([known], settings);
      for (const { topic, payload } of [...published.messages, ...again]) {
        assert.doesNotMatch(topic, /[+#\0]/);
        if (payload.startsWith('{')) JSON.parse(payload);
        assert.doesNotMatch(payload, /NaN|Infinity|undefined/);
      }
      for (const { payload } of homeAssistant.confirm(outbox, Infinity, 9_999).messages) JSON.parse(payload);
      const remembered = JSON.parse(JSON.stringify(publication.model.remember(known))) as unknown;
      assert.ok(publication.model.recall(remembered, 0), 'what is remembered can be recalled');
    }
  },
);

const guard = target(
  'plausibility',
  6,
  (random) => ({
    messages: Array.from({ length: random.integer(1, 4) }, () => mutatedMessage(random, exampleReading)),
    settings: random.chance(0.7) ? {} : mutate(random, { fuse: '63', phases: '3', margin: 1.5, confirmations: 2 }),
  }),
  ({ messages, settings: given }) => {
    const settings = plausibility.plausibilitySettings(given ?? {});
    let known: plausibility.GuardedMeter | undefined;
    for (const [index, message] of (messages as object[]).entries()) {
      const sample = attempt(() => plausibility.sampleOf(message, { date: DATE, now: index * 1_000 }));
      if (!sample) continue;
      known = plausibility.receiveSample(known, sample, settings).meter;
      assert.ok(plausibility.recall(JSON.parse(JSON.stringify(plausibility.remember(known)))), 'can be recalled');
    }
  },
);

const memories = target(
  'context stores',
  2,
  (random) => {
    const remembered = {
      id: '83334000001',
      device: { serial: '83334000001', manufacturer: null, model: null, firmware: null },
      keys: ['activePower', 'nonsense'],
      fingerprints: { BT28: 'abc' },
      online: true,
      registers: { activeEnergyImport: [1, 2, 3] },
      oddities: [['activePower', 'range']],
    };
    return mutate(random, remembered);
  },
  (remembered) => {
    const publication = homeAssistantPublication(homeAssistant.HOME_ASSISTANT_DEFAULTS);
    const known = publication.model.recall(remembered, 0);
    if (known) publishSilence(publication, known);
    homeAssistant.confirm(homeAssistant.recallOutbox(remembered), Infinity, 0);
    plausibility.recall(remembered);
  },
);

const keys = target(
  'keys',
  2,
  (random) => ({
    text: random.chance(0.5)
      ? Buffer.from(someBytes(random, 24)).toString(oneOf(random, ['hex', 'latin1', 'base64'] as const))
      : oneOf(random, [DEMO_KEY, ` ${DEMO_KEY} `, 'ü'.repeat(20), '0 1-2:3'.repeat(5), '']),
    format: oneOf<KeyFormat>(random, ['auto', 'ascii', 'hex']),
  }),
  ({ text, format }) => {
    fromHex(text);
    try {
      const key = parseAccessKey(text, format);
      assert.ok(key.length >= 16 && key.length <= 20);
    } catch (error) {
      if (isMeterError(error) && text.trim().length > 3)
        assert.ok(!JSON.stringify([error.message, error.values]).includes(text.trim()));
      throw error;
    }
  },
);

/** All targets that need no runtime. */
export const TARGETS: readonly Target[] = [
  frames,
  answers,
  requests,
  ...OPTICAL_TARGETS,
  ...DUMP_TARGETS,
  ...HISTORY_TARGETS,
  simulated,
  ...TLS_TARGETS,
  tables,
  encoding,
  values,
  reading,
  procedures,
  announcements,
  guard,
  memories,
  keys,
];
