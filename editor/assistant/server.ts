/** What the assistant asks of the runtime. */
import type { TextValues } from '../../src/texts.js';
import type { FlowNode } from './flow-nodes.js';
import { say } from './texts.js';

/** Settings of a connection, as a node stores them. */
export type Settings = Readonly<Record<string, string | number>>;

export interface SerialPort {
  readonly path: string;
  readonly label?: string;
}

interface Failure {
  readonly ok: false;
  readonly code: string;
  readonly values?: TextValues;
}

/** The answer of `nes-meter/find`. */
export type SearchResult =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly serial: string | null;
      readonly model: string | null;
      readonly notices: readonly string[];
    }
  | Failure;

interface Change {
  readonly setting: string;
  readonly value: string | number;
}

/** The answer of `nes-meter/test`. */
export type TestResult = {
  readonly proposals?: readonly Change[];
  readonly notices?: readonly string[];
} & (
  | {
      readonly ok: true;
      readonly serial?: string;
      readonly manufacturer?: string;
      readonly model?: string;
      readonly displayed?: Readonly<Record<string, number>>;
    }
  | Failure
);

export type BrokerResult = { readonly ok: true } | { readonly ok: false; readonly fault: string };

/** A request that was not answered: its text says why, and what to do. */
export class Unanswered extends Error {
  readonly isStopped: boolean;

  constructor(status: number, reason: string) {
    const isForbidden = status === 401 || status === 403;
    super(say(isForbidden ? 'server.forbidden' : 'server.unreachable'));
    this.isStopped = reason === 'abort';
  }
}

/** A request in progress, which can be given up. */
export interface Request<Answer> {
  readonly answer: Promise<Answer>;
  readonly stop: () => void;
}

export function listPorts(): Promise<{ readonly ports?: readonly SerialPort[]; readonly code?: string }> {
  return send<{ readonly ports?: readonly SerialPort[] }>('GET', 'nes-meter/ports').answer;
}

export function findMeter(place: object): Request<SearchResult> {
  return send('POST', 'nes-meter/find', place);
}

export function testMeter(settings: Settings, key: string): Request<TestResult> {
  const texts = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  return send('POST', 'nes-meter/test', {
    id: '',
    name: say('title'),
    displayed: true,
    settings: texts,
    credentials: key === '' ? {} : { key },
  });
}

export function testBroker(broker: object): Request<BrokerResult> {
  return send('POST', 'nes-meter/broker', broker);
}

/** The example flows, in the language of the editor. */
export async function exampleFlows(): Promise<Readonly<Record<string, readonly FlowNode[]>>> {
  const folder = encodeURIComponent(say('exampleFolder'));
  const { flows } = await send<{ readonly flows: Readonly<Record<string, readonly FlowNode[]>> }>(
    'GET',
    `nes-meter/assistant/flows?folder=${folder}`,
  ).answer;
  return flows;
}

/** Installs a package as the editor's palette does. */
export function installPackage(module: string): Promise<unknown> {
  return send('POST', 'nodes', { module }).answer;
}

function send<Answer>(method: 'GET' | 'POST', url: string, body?: object): Request<Answer> {
  const request = $.ajax({
    url,
    method,
    dataType: 'json',
    ...(body && { contentType: 'application/json', data: JSON.stringify(body) }),
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    void request
      .done((data: Answer) => {
        resolve(data);
      })
      .fail(({ status }, reason) => {
        reject(new Unanswered(status, reason));
      });
  });
  return {
    answer,
    stop: () => {
      request.abort();
    },
  };
}
