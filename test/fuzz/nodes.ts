import { inspect } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeMessageInFlow } from 'node-red';
import alarm from '../../nodes/mep-alarm.js';
import config from '../../nodes/mep-config.js';
import consumption from '../../nodes/mep-consumption.js';
import decodeBT23 from '../../nodes/mep-decode-bt23.js';
import decodeBT28 from '../../nodes/mep-decode-bt28.js';
import decodeJson from '../../nodes/mep-decode-json.js';
import decodeTable from '../../nodes/mep-decode-table.js';
import format from '../../nodes/mep-format.js';
import discovery from '../../nodes/mep-ha-discovery.js';
import httpServer from '../../nodes/mep-http-server.js';
import plausibility from '../../nodes/mep-plausibility.js';
import procedure from '../../nodes/mep-procedure.js';
import status from '../../nodes/mep-status.js';
import readTable from '../../nodes/mep-read-table.js';
import writeTable from '../../nodes/mep-write-table.js';
import { SimulatedMeter } from '../../src/simulator/index.js';
import { CATALOGUE, findTable } from '../../src/tables/index.js';
import { freePort } from '../support/ports.js';
import { type AdminApi, helper } from '../support/node-red/test-helper.js';
import type { Failure, Tally } from './engine.js';
import { type Fields, isFields, junk, mutate, mutateBytes, oneOf, Random } from './inputs.js';
import { exampleReading, exampleStatus } from './targets.js';

type Caught = NodeMessageInFlow & { readonly error?: { readonly code?: string; readonly message?: string } };

const NODES = [
  config,
  readTable,
  decodeBT23,
  decodeBT28,
  decodeTable,
  decodeJson,
  discovery,
  plausibility,
  consumption,
  status,
  writeTable,
  procedure,
  format,
  alarm,
  httpServer,
];
/** Node-RED drops messages that it cannot copy. */
const ANSWER_LIMIT_MS = 10_000;
/** Share of the messages for nodes that send requests to the meter. */
const ASKED = 0.05;
/** The code for an error that was not thrown on purpose. */
const UNEXPECTED = 'unexpected';

/** The ids of the nodes that send requests to the meter. */
const ASKS: readonly string[] = ['read', 'write', 'dry', 'run'];

/** Every node with an input, in a variant for each setting that changes its behaviour. */
const TARGETS = [
  { id: 'read', type: 'mep-read-table', meter: 'meter', table: '', interval: '0' },
  { id: 'bt23', type: 'mep-decode-bt23' },
  { id: 'bt28', type: 'mep-decode-bt28' },
  { id: 'any', type: 'mep-decode-table', table: '' },
  { id: 'json', type: 'mep-decode-json', serial: '7' },
  { id: 'guard', type: 'mep-plausibility', confirmations: '2', confirmSeconds: '0' },
  { id: 'p1', type: 'mep-format', format: 'p1-dsmr5', serial: '1' },
  { id: 'rows', type: 'mep-format', format: 'sql' },
  { id: 'energy', type: 'mep-consumption', timeZone: 'Europe/Copenhagen' },
  { id: 'alarm', type: 'mep-alarm', powerLimit: '5000', fuse: '16', holdSeconds: '0' },
  { id: 'link', type: 'mep-status', meter: 'meter' },
  { id: 'write', type: 'mep-write-table', meter: 'writable', table: 'ET50', dryRun: false },
  { id: 'dry', type: 'mep-write-table', meter: 'writable', table: '', dryRun: true },
  { id: 'run', type: 'mep-procedure', meter: 'writable', procedure: 'EP61', dryRun: false },
  { id: 'ha', type: 'mep-ha-discovery', expireAfter: '60', keepReadings: '9' },
];

/**
 * Sends random and damaged messages to every node, and random bodies to the admin endpoints, in a Node-RED runtime: each
 * message is completed, or caught with a code of this package; each request is answered.
 */
export async function fuzzNodes(cases: number, seed: number): Promise<Tally> {
  const server = { id: 'server', type: 'mep-http-server', format: 'homewizard', host: '127.0.0.1', announce: false };
  const targets = [...TARGETS, { ...server, port: String(await freePort()) }];
  await helper.startServer();
  const onTab = (node: object): object => ({ z: 'tab', x: 0, y: 0, wires: [], ...node });
  const flow = [
    { id: 'tab', type: 'tab', label: 'fuzz' },
    { id: 'meter', type: 'mep-config', transport: 'simulator', minInterval: '0' },
    { id: 'writable', type: 'mep-config', transport: 'simulator', minInterval: '0', allowWrites: true },
    ...targets.map(onTab),
    onTab({ id: 'caught', type: 'helper' }),
    onTab({ id: 'completed', type: 'helper' }),
    onTab({ id: 'catch', type: 'catch', scope: null, wires: [['caught']] }),
    onTab({ id: 'complete', type: 'complete', scope: targets.map(({ id }) => id), wires: [['completed']] }),
  ];
  await helper.load(NODES, flow, {});
  try {
    const random = new Random(seed);
    const messages = await sendMessages(random, targets, cases);
    const requests = await askAdmin(helper.request(), random, Math.ceil(cases / 10));
    return {
      cases: { ...messages.cases, ...requests.cases },
      refused: messages.refused + requests.refused,
      failures: [...messages.failures, ...requests.failures],
    };
  } finally {
    await helper.unload();
    await helper.stopServer();
  }
}

class Failures {
  readonly #found = new Map<string, Failure>();

  add(target: string, signature: string, input: unknown): void {
    const key = `${target} ${signature.replace(/\d+/g, 'N')}`;
    const known = this.#found.get(key);
    // Cyclic and foreign objects are printed and not stored: the targets without Node-RED minimise.
    this.#found.set(key, {
      target,
      signature,
      input: known?.input ?? inspect(input, { depth: 6 }),
      cases: (known?.cases ?? 0) + 1,
    });
  }

  get all(): Failure[] {
    return [...this.#found.values()];
  }
}

async function sendMessages(
  random: Random,
  targets: readonly { readonly id: string; readonly type: string }[],
  cases: number,
): Promise<Tally> {
  const failures = new Failures();
  const tried: Record<string, number> = {};
  let refused = 0;
  let outcome: ((error: Caught['error'] | undefined) => void) | undefined;
  helper.getNode('caught')!.on('input', (msg) => outcome?.((msg as Caught).error ?? {}));
  helper.getNode('completed')!.on('input', () => outcome?.(undefined));
  for (let done = 0; done < cases; done++) {
    const target = oneOf(random, targets);
    // A request takes a tenth of a second on the simulated line.
    if (ASKS.includes(target.id) && !random.chance(ASKED)) {
      done--;
      continue;
    }
    tried[target.type] = (tried[target.type] ?? 0) + 1;
    const msg = aMessage(random, target.id);
    const copy = perhapsCopy(msg);
    const answered = new Promise<Caught['error'] | 'nothing'>((resolve) => {
      const limit = setTimeout(() => {
        resolve('nothing');
      }, ANSWER_LIMIT_MS);
      outcome = (error) => {
        clearTimeout(limit);
        resolve(error);
      };
    });
    helper.getNode(target.id)!.receive(msg);
    const error = await answered;
    if (error === 'nothing') failures.add(target.type, 'neither completed nor caught', copy);
    else if (error !== undefined) refused++;
    if (typeof error === 'object' && (error.code === undefined || error.code === UNEXPECTED)) {
      failures.add(target.type, `${error.code ?? 'no code'}: ${error.message ?? ''}`, copy);
    }
  }
  return { cases: tried, refused, failures: failures.all };
}

function perhapsCopy(msg: unknown): unknown {
  try {
    return structuredClone(msg);
  } catch {
    return 'something that cannot be copied';
  }
}

const meter = new SimulatedMeter({ seed: 3 });
const rawReading = (random: Random, id: string): Fields => {
  const table = findTable(id) ?? oneOf(random, CATALOGUE);
  const bytes = Buffer.from(meter.image(table.name) ?? random.bytes(40));
  const extent = {
    id: table.name,
    number: table.number,
    offset: 0,
    length: bytes.length,
    complete: random.chance(0.5),
  };
  return {
    payload: bytes,
    table: extent,
    meter: { serial: meter.serial, dimensions: structuredClone(meter.dimensions) },
  };
};

/** Nodes that take decoded readings. */
const WANT_VALUES: readonly string[] = ['guard', 'ha', 'p1', 'rows', 'alarm', 'energy', 'server'];

function aMessage(random: Random, id: string): NodeMessageInFlow {
  const isFitting = random.chance(0.9);
  let msg: unknown =
    WANT_VALUES.includes(id) === isFitting
      ? structuredClone(id === 'ha' && random.chance(0.3) ? exampleStatus : exampleReading)
      : rawReading(random, isFitting ? id : '');
  for (let times = random.integer(0, 3); times > 0; times--) msg = mutate(random, msg);
  const fields: Fields = isFields(msg) ? { ...msg } : { payload: msg };
  if (fields['payload'] instanceof Uint8Array && random.chance(0.5)) {
    fields['payload'] = Buffer.from(mutateBytes(random, fields['payload']));
  }
  if (random.chance(0.1)) fields['topic'] = oneOf(random, ['homeassistant/status', '', 7]);
  const message: Fields & { _msgid: string } = { ...(withoutPrototypes(fields) as Fields), _msgid: 'fuzz' };
  if (random.chance(0.02)) message['payload'] = message;
  return message;
}

/** Node-RED's copy takes such a property for the prototype, and loses the message. */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (!isFields(value)) return value;
  const fields = Object.entries(value).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(fields.map(([name, item]) => [name, withoutPrototypes(item)]));
}

/** Keeps all traffic on this machine: no other host, and a port without a listener. */
const SETTINGS: Fields = {
  protocol: 'mep',
  security: 'digest',
  transport: 'simulator',
  host: '127.0.0.1',
  tcpPort: '1',
  port: '/dev/null/none',
  baudRate: '9600',
  keyFormat: 'auto',
  minInterval: '0',
  profile: 'gen3',
};

function aTestRequest(random: Random): unknown {
  const request: unknown = {
    id: 'meter',
    name: 'mine',
    settings: SETTINGS,
    credentials: { key: '0123456789abcdefghij' },
  };
  const changed = mutate(random, random.chance(0.5) ? mutate(random, request) : request);
  if (!isFields(changed) || !isFields(changed['settings'])) return changed;
  // The values may be damaged; host and port must not.
  const { host, port } = SETTINGS;
  return { ...changed, settings: { ...changed['settings'], host, port } };
}

async function askAdmin(api: AdminApi, random: Random, cases: number): Promise<Tally> {
  const failures = new Failures();
  let refused = 0;
  for (let done = 0; done < cases; done++) {
    const body = jsonOf(random.chance(0.2) ? [junk(random)] : aTestRequest(random));
    const answer = await Promise.race([api.post('/nes-meter/test').type('json').send(body), pause(40_000)]);
    if (!answer) failures.add('/nes-meter/test', 'no answer', body);
    else if (answer.status !== 200) refused++;
    if (answer && answer.status >= 500) failures.add('/nes-meter/test', `status ${answer.status}`, body);
    if (answer?.body['code'] === UNEXPECTED) failures.add('/nes-meter/test', JSON.stringify(answer.body), body);
    if (answer?.status === 200 && typeof answer.body['ok'] !== 'boolean')
      failures.add('/nes-meter/test', 'no ok', body);
  }
  return { cases: { '/nes-meter/test': cases }, refused, failures: failures.all };
}

/** The junk that can be sent as JSON; Express itself refuses anything but objects and arrays. */
function jsonOf(value: unknown): string {
  const body = typeof value === 'object' && value !== null && !(value instanceof Date) ? value : [value];
  return JSON.stringify(body, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
}
