import type { Node, NodeAPI } from 'node-red';
import { CATALOGUE, isFields, listPorts, serialUnavailable, UsageError } from '../../src/index.js';
import { failure, testConnection } from './connection-test.js';
import { type ConfigKeys, meterSettings } from './settings.js';
import { sharedText } from './texts.js';

/** What is used of Express: Node-RED brings its own. */
interface AdminRequest {
  readonly body: unknown;
  is(type: string): unknown;
}
interface AdminResponse {
  status(code: number): AdminResponse;
  json(body: unknown): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** What the dialog sends to have a connection tested. */
interface TestRequest {
  readonly id: string;
  readonly name: string;
  /** Names the test in what is told of it meanwhile; empty: nothing is told. */
  readonly test: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Decides which key is tried, as it does when the node is deployed. */
  readonly allowWrites: boolean;
  /** `key` and `advancedKey`, only as typed since the dialog opened: what is stored does not travel. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** A test with all other settings that may be tried takes less. */
const TEST_LIMIT_MS = 60_000;
/** What is told while a test runs goes to this topic of the editor's channel, with the name of the test behind it. */
const PROGRESS_TOPIC = 'nes-meter/test/';
const LONGEST_TEXT = 500;
const MOST_FIELDS = 30;

/** What the edit dialogs ask of the runtime. Each answer is `{ ok, ... }`; each needs a permission. */
export function registerAdmin(RED: NodeAPI): void {
  RED.httpAdmin.get('/nes-meter/ports', RED.auth.needsPermission('nes-meter.read'), (_request, response) => {
    answer(response, async () => {
      const unavailable = await serialUnavailable();
      return { ok: true, ports: await listPorts(), ...(unavailable && { code: unavailable.code }) };
    });
  });
  RED.httpAdmin.get('/nes-meter/tables', RED.auth.needsPermission('nes-meter.read'), (_request, response) => {
    answer(response, () =>
      Promise.resolve({
        ok: true,
        tables: CATALOGUE.map(({ name, number, title, summary, read }) => ({ name, number, title, summary, read })),
      }),
    );
  });
  RED.httpAdmin.post('/nes-meter/test', RED.auth.needsPermission('nes-meter.write'), (request, response) => {
    answer(response, () => runTest(RED, request, response));
  });
}

function answer(response: AdminResponse, work: () => Promise<object>): void {
  Promise.resolve()
    .then(work)
    .catch(failure)
    .then((body) => response.json(body))
    // The browser may have gone meanwhile: then there is nobody left to tell.
    .catch(() => undefined);
}

async function runTest(RED: NodeAPI, request: AdminRequest, response: AdminResponse): Promise<object> {
  const test = request.is('json') ? readTestRequest(request.body) : undefined;
  if (!test) {
    response.status(400);
    return failure(new UsageError('bad-setting', 'Not a test request', { values: { setting: 'request' } }));
  }
  const gone = new AbortController();
  response.on('close', () => {
    gone.abort();
  });
  const settings = meterSettings(
    { ...withEnvironment(RED, test.id, test.settings), allowWrites: test.allowWrites },
    withEnvironment(RED, test.id, { ...storedKeys(RED, test.id), ...test.credentials }),
  );
  const label = test.name === '' ? sharedText(RED, 'test.title') : test.name;
  return testConnection(settings, {
    label,
    signal: AbortSignal.any([gone.signal, AbortSignal.timeout(TEST_LIMIT_MS)]),
    onTrial: (changes) => {
      if (test.test !== '') RED.comms.publish(PROGRESS_TOPIC + test.test, { changes }, false);
    },
  });
}

/** The keys of a deployed mep-config node; no other node's credentials, whatever id was sent. */
function storedKeys(RED: NodeAPI, id: string): Record<string, string> {
  const node = RED.nodes.getNode(id) as Node<ConfigKeys> | null;
  if (node?.type !== 'mep-config') return {};
  return textsOf(RED.nodes.getCredentials(id)) ?? {};
}

/** `${NAME}` stands for an environment variable, as it does when the node is deployed. */
function withEnvironment(RED: NodeAPI, id: string, texts: Readonly<Record<string, string>>): Record<string, string> {
  const node = RED.nodes.getNode(id) as Node | null;
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const variable = /^\$\{([^}]+)\}$/.exec(text)?.[1];
      if (variable === undefined) return [name, text];
      const value: unknown = node
        ? RED.util.evaluateNodeProperty(variable, 'env', node, {})
        : (process.env[variable] ?? '');
      return [name, typeof value === 'string' ? value : ''];
    }),
  );
}

function readTestRequest(body: unknown): TestRequest | undefined {
  if (!isFields(body) || !isFields(body['settings'])) return undefined;
  const { allowWrites = false, ...others } = body['settings'];
  const settings = textsOf(others);
  const credentials = textsOf(body['credentials'] ?? {});
  const { id, name = '', test = '' } = body;
  if (!isShortText(id) || !isShortText(name) || !isShortText(test) || !/^[\w-]*$/.test(test)) return undefined;
  if (!settings || !credentials || typeof allowWrites !== 'boolean') return undefined;
  return { id, name, test, settings, allowWrites, credentials };
}

/** A flat object of short texts, or undefined. */
function textsOf(value: unknown): Record<string, string> | undefined {
  if (!isFields(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > MOST_FIELDS) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, text] of entries) {
    if (!isShortText(text)) return undefined;
    texts[name] = text;
  }
  return texts;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT;
}
