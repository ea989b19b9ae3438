import type { Node, NodeAPI } from 'node-red';
import { isFields, UsageError } from '../src/internal.js';
import { abortedWhenGone, type AdminRequest, type AdminResponse, answer } from '../nodes/lib/admin-answer.js';
import { failure } from '../nodes/lib/connection-test.js';
import { textFrom } from '../nodes/lib/texts.js';
import { type BrokerResult, type BrokerSettings, testBroker } from './lib/broker-test.js';
import { exampleFlows } from './lib/example-flows.js';
import { findMeter } from './lib/find-meter.js';
import { isPortNumber, isShortText, readSearchPlace } from './lib/find-request.js';

/** A search with all settings that may be tried takes less. */
const SEARCH_LIMIT_MS = 90_000;
/** Texts on the server; those of the dialog are looked up in the editor. */
const TITLE = 'assistant.title';

/** What the set-up assistant asks of the runtime. Each answer is `{ ok, ... }`; each needs a permission. */
export default function (RED: NodeAPI): void {
  RED.plugins.registerPlugin('nes-meter-assistant', { type: 'nes-meter-assistant' });
  RED.httpAdmin.get(
    '/nes-meter/assistant/flows',
    RED.auth.needsPermission('nes-meter.read'),
    ({ query }: { readonly query: Readonly<Record<string, unknown>> }, response: AdminResponse) => {
      const language = typeof query['folder'] === 'string' ? query['folder'] : '';
      answer(response, () => Promise.resolve({ ok: true, flows: exampleFlows(language) }));
    },
  );
  RED.httpAdmin.post('/nes-meter/find', RED.auth.needsPermission('nes-meter.write'), (request, response) => {
    answer(response, () => find(RED, request, response));
  });
  RED.httpAdmin.post('/nes-meter/broker', RED.auth.needsPermission('nes-meter.write'), (request, response) => {
    answer(response, () => checkBroker(RED, request, response));
  });
}

/** JSON only: a page of another origin cannot send it without asking first. */
function bodyOf(request: AdminRequest): unknown {
  return request.is('json') ? request.body : undefined;
}

function refuse(response: AdminResponse): object {
  response.status(400);
  return failure(new UsageError('bad-setting', 'Not a request of the assistant', { values: { setting: 'request' } }));
}

async function find(RED: NodeAPI, request: AdminRequest, response: AdminResponse): Promise<object> {
  const place = readSearchPlace(bodyOf(request));
  if (!place) return refuse(response);
  return findMeter(place, {
    label: textFrom(RED, TITLE),
    signal: AbortSignal.any([abortedWhenGone(response), AbortSignal.timeout(SEARCH_LIMIT_MS)]),
    onTrial: () => undefined,
  });
}

async function checkBroker(RED: NodeAPI, request: AdminRequest, response: AdminResponse): Promise<object> {
  const body = bodyOf(request);
  const broker = isFields(body) ? (deployedBroker(RED, body['id']) ?? typedBroker(body)) : undefined;
  if (!broker) return refuse(response);
  if (broker === 'connected') return { ok: true } satisfies BrokerResult;
  return testBroker(broker, abortedWhenGone(response));
}

function typedBroker(body: Readonly<Record<string, unknown>>): BrokerSettings | undefined {
  const { host, port, isTls = false, user = '', password = '' } = body;
  if (!isShortText(host) || !isPortNumber(port) || typeof isTls !== 'boolean') return undefined;
  if (typeof user !== 'string' || typeof password !== 'string') return undefined;
  return { host, port, isTls, user, password };
}

/** A broker of the deployed flows: its login goes to its own address only, whatever the request holds. */
function deployedBroker(RED: NodeAPI, id: unknown): BrokerSettings | 'connected' | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  const node = RED.nodes.getNode(id) as (Node & Readonly<Record<string, unknown>>) | null;
  if (node?.type !== 'mqtt-broker') return undefined;
  if (node['connected'] === true) return 'connected';
  const { broker, port, usetls } = node;
  const login: unknown = RED.nodes.getCredentials(id);
  const { user, password } = isFields(login) ? login : {};
  return typedBroker({
    host: broker,
    port: Number(port),
    isTls: usetls === true,
    ...(typeof user === 'string' && { user }),
    ...(typeof password === 'string' && { password }),
  });
}
