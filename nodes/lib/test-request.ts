import type { Node, NodeAPI } from 'node-red';
import { isFields, isSerialPort, type MeterSettings, TransportError, usedKeySetting } from '../../src/internal.js';
import { MeterConnection } from './connection.js';
import { type ConfigKeys, type ConfigProperties, meterSettings } from './settings.js';

/** What the dialog sends to have a connection tested. */
export interface TestRequest {
  readonly id: string;
  readonly name: string;
  /** Names the test in what is published while it runs; empty: nothing is. */
  readonly test: string;
  /** Whether the answer is to have what the meter's display shows. */
  readonly displayed: boolean;
  readonly settings: Readonly<Record<string, string>>;
  /** Decides which key is tried, as it does when the node is deployed. */
  readonly allowWrites: boolean;
  /** `key` and `advancedKey`, only as typed since the dialog opened: what is stored does not travel. */
  readonly credentials: Readonly<Record<string, string>>;
}

const MAX_TEXT = 500;
const MAX_FIELDS = 30;
const VARIABLE = /^\$\{([^}]+)\}$/;

/** A request as it was sent; undefined where it is none. */
export function readTestRequest(body: unknown): TestRequest | undefined {
  if (!isFields(body) || !isFields(body['settings'])) return undefined;
  const { allowWrites = false, ...others } = body['settings'];
  const settings = textsOf(others);
  const credentials = textsOf(body['credentials'] ?? {});
  const { id, name = '', test = '', displayed = false } = body;
  if (!isShortText(id) || !isShortText(name) || !isShortText(test) || !/^[\w-]*$/.test(test)) return undefined;
  if (!settings || !credentials || typeof allowWrites !== 'boolean' || typeof displayed !== 'boolean') return undefined;
  return { id, name, test, displayed, settings, allowWrites, credentials };
}

/** Where the meter is, as the requester typed it: the value of a variable is never sent back. */
export function placeAsTyped({ settings }: TestRequest): string {
  const { transport, port = '', host = '', tcpPort = '' } = settings;
  return transport === 'tcp' ? `${host}:${tcpPort}` : port;
}

/** What is to be tested. */
export interface TestSubject {
  readonly settings: MeterSettings;
  /** The key that these settings would use and that is not among them: the requester did not type it. */
  readonly withheldKey: 'key' | 'advancedKey' | undefined;
}

/**
 * What a request wants tested. A key that the requester did not type, stored or from the environment, is among the settings
 * only where it goes to the place that was deployed, in the form that was deployed.
 * @throws TransportError `port-not-serial`; UsageError `bad-setting`
 */
export async function subjectOf(RED: NodeAPI, request: TestRequest): Promise<TestSubject> {
  const deployed = deployedConnection(RED, request.id);
  const properties = {
    ...withEnvironment(RED, request.id, request.settings),
    allowWrites: request.allowWrites,
  };
  const present = deployed?.settings;
  const place = meterSettings(properties, {});
  await checkPort(place, present);
  const stored = deployed ? (textsOf(RED.nodes.getCredentials(request.id)) ?? {}) : {};
  const { keys, withheldKey } = keysFor(RED, request, { place, present, stored });
  return { settings: meterSettings(properties, keys), withheldKey };
}

interface Known {
  readonly place: MeterSettings;
  /** What is deployed under this id; undefined where nothing is, or it cannot be used. */
  readonly present: MeterSettings | undefined;
  readonly stored: Readonly<Record<string, string>>;
}

function keysFor(
  RED: NodeAPI,
  { id, credentials }: TestRequest,
  { place, present, stored }: Known,
): Pick<TestSubject, 'withheldKey'> & { readonly keys: ConfigKeys } {
  const wanted: ConfigKeys = { ...stored, ...credentials };
  if (present && isSamePlace(place, present)) {
    return { keys: withEnvironment(RED, id, textsOf(wanted) ?? {}), withheldKey: undefined };
  }
  const used = usedKeySetting({ ...place, ...definedKeys(wanted) });
  const text = wanted[used] ?? '';
  const isTyped = credentials[used] !== undefined && !VARIABLE.test(text.trim());
  if (isTyped || text === '') return { keys: { [used]: text }, withheldKey: undefined };
  return { keys: {}, withheldKey: place.transport === 'simulator' ? undefined : used };
}

function definedKeys({ key, advancedKey }: ConfigKeys): Pick<MeterSettings, 'key' | 'advancedKey'> {
  return { ...(key !== undefined && { key }), ...(advancedKey !== undefined && { advancedKey }) };
}

/** Whether a key gets to the same meter in the same form. */
function isSamePlace(one: MeterSettings, other: MeterSettings): boolean {
  const address = { serial: ['port'], tcp: ['host', 'tcpPort'], simulator: ['profile'] } as const;
  const settings = ['protocol', 'security', 'transport', ...address[one.transport]] as const;
  return settings.every((setting) => one[setting] === other[setting]);
}

/** Only a path of a serial port is opened: opening anything else can do harm, and shows that it exists. */
async function checkPort({ transport, port = '' }: MeterSettings, present: MeterSettings | undefined): Promise<void> {
  if (transport !== 'serial' || port === '' || (present?.transport === 'serial' && present.port === port)) return;
  if (await isSerialPort(port)) return;
  throw new TransportError('port-not-serial', 'This is not a serial port of this machine');
}

/** The connection of a deployed mep-config node; none of another kind of node, whatever id was sent. */
export function deployedConnection(RED: NodeAPI, id: string): MeterConnection | undefined {
  const node = RED.nodes.getNode(id) as (Node & { connection?: unknown }) | null;
  return node?.type === 'mep-config' && node.connection instanceof MeterConnection ? node.connection : undefined;
}

/** `${NAME}` is an environment variable, as it does when the node is deployed. */
function withEnvironment(
  RED: NodeAPI,
  id: string,
  texts: Readonly<Record<string, string>>,
): ConfigProperties & Record<string, string> {
  const node = RED.nodes.getNode(id) as Node | null;
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const variable = VARIABLE.exec(text)?.[1];
      if (variable === undefined) return [name, text];
      const value: unknown = node
        ? RED.util.evaluateNodeProperty(variable, 'env', node, {})
        : (process.env[variable] ?? '');
      return [name, typeof value === 'string' ? value : ''];
    }),
  );
}

/** A flat object of short texts, or undefined. */
function textsOf(value: unknown): Record<string, string> | undefined {
  if (!isFields(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > MAX_FIELDS) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, text] of entries) {
    if (!isShortText(text)) return undefined;
    texts[name] = text;
  }
  return texts;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}
