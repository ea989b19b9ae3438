import { once } from 'node:events';
import WebSocket from 'ws';

const CLIENT_ID = 'http://127.0.0.1/';
const USER = { name: 'Owner', username: 'owner', password: 'test-password', language: 'en' };

type Json = Record<string, unknown>;

/** What lets a client in again after a restart. */
export interface Credentials {
  readonly token: string;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The HTTP and WebSocket API of a Home Assistant. */
export class HomeAssistantApi {
  readonly credentials: Credentials;
  readonly #url: string;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  private constructor(url: string, socket: WebSocket, credentials: Credentials) {
    this.#url = url;
    this.#socket = socket;
    this.credentials = credentials;
    socket.on('message', (data: Buffer) => {
      this.#receive(JSON.parse(data.toString()) as Json);
    });
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('The connection was closed'));
      this.#pending.clear();
    });
  }

  /** @param credentials those of an earlier connection; without: onboards the owner first */
  static async connect(url: string, credentials?: Credentials): Promise<HomeAssistantApi> {
    if (credentials) return HomeAssistantApi.#open(url, credentials);
    // An access token lives 30 minutes, and tests move the clock by days.
    const first = await HomeAssistantApi.#open(url, { token: await onboard(url) });
    const token = await first.command<string>('auth/long_lived_access_token', { client_name: 'test', lifespan: 3_650 });
    first.close();
    return HomeAssistantApi.#open(url, { token });
  }

  static async #open(url: string, credentials: Credentials): Promise<HomeAssistantApi> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`);
    await once(socket, 'message');
    socket.send(JSON.stringify({ type: 'auth', access_token: credentials.token }));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    const { type } = JSON.parse(answer.toString()) as Json;
    if (type !== 'auth_ok') throw new Error(`Home Assistant refuses the token: ${answer.toString()}`);
    return new HomeAssistantApi(url, socket, credentials);
  }

  /** Sends a command of the WebSocket API. @throws Error with what Home Assistant answered */
  command<T = unknown>(type: string, parameters: Json = {}): Promise<T> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#socket.send(JSON.stringify({ id, type, ...parameters }));
    });
  }

  /** A command whose result is an object. */
  call(type: string, parameters: Json = {}): Promise<Json> {
    return this.command<Json>(type, parameters);
  }

  /** Posts to the HTTP API. @throws Error with what Home Assistant answered */
  async post<T = Json>(path: string, body: Json = {}): Promise<T> {
    return request<T>(`${this.#url}${path}`, { ...body }, this.credentials.token);
  }

  /** The other steps of the onboarding: Home Assistant looks for further integrations, and shows its pages. */
  async finishOnboarding(): Promise<void> {
    await this.post('/api/onboarding/core_config');
    await this.post('/api/onboarding/analytics');
    const redirect = { client_id: CLIENT_ID, redirect_uri: `${CLIENT_ID}?auth_callback=1` };
    await this.post('/api/onboarding/integration', redirect);
  }

  close(): void {
    this.#socket.close();
  }

  #receive({ id, type, success, result, error }: Json): void {
    const pending = this.#pending.get(id as number);
    if (pending === undefined || type !== 'result') return;
    this.#pending.delete(id as number);
    if (success === true) pending.resolve(result);
    else pending.reject(new Error(JSON.stringify(error)));
  }
}

/** Makes the owner, as the first visit in a browser does. @returns an access token */
async function onboard(url: string): Promise<string> {
  const { auth_code: code } = await request<{ auth_code: string }>(`${url}/api/onboarding/users`, {
    ...USER,
    client_id: CLIENT_ID,
  });
  const token = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: CLIENT_ID });
  const response = await fetch(`${url}/auth/token`, { method: 'POST', body: token });
  const { access_token: accessToken } = (await response.json()) as { access_token: string };
  return accessToken;
}

async function request<T>(url: string, body: Json, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}
