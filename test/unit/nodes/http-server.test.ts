import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpServer } from '../../../nodes/lib/http-server.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/until.js';

describe('HTTP server of a node', () => {
  let port: number;
  let server: HttpServer;

  const foreignHosts: string[] = [];

  beforeEach(async () => {
    port = await freePort();
    foreignHosts.length = 0;
    const answer: ConstructorParameters<typeof HttpServer>[0] = ({ method, path }) => ({
      statusCode: 200,
      headers: { 'Content-Type': 'text/plain' },
      payload: `${method} ${path} tæller`,
    });
    server = new HttpServer(answer, {
      names: ['meter.example.org'],
      onForeignHost: (host) => foreignHosts.push(host),
    });
    await server.listen(port, '127.0.0.1');
  });
  afterEach(() => server.close());

  /** Requests a path over a new connection. */
  async function ask(path: string): Promise<IncomingMessage> {
    const request = get({ port, host: '127.0.0.1', path, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  it('gives the length of a response in bytes', async () => {
    const response = await ask('/api?x=1');
    assert.equal(response.headers['content-length'], '16');
    assert.equal(response.headers['transfer-encoding'], undefined);
    assert.equal(await text(response), 'GET /api tæller');
  });

  it('stays reachable beside many clients that begin a request and never finish', async () => {
    const idle = Array.from({ length: 60 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).write('GET /api HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      return socket;
    });
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    const isAnswered = (): Promise<boolean> =>
      ask('/api').then(
        ({ statusCode }) => statusCode === 200,
        () => false,
      );
    assert.equal(await isAnswered(), false, 'all places are taken');
    await until(isAnswered, 'an answer');
    for (const socket of idle) socket.destroy();
  });

  /** A request from another machine, simulated by a loopback address. */
  async function askFrom(localAddress: string, options: object = {}): Promise<IncomingMessage> {
    const request = get({ port, host: '127.0.0.1', localAddress, path: '/api', agent: false, ...options });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  it('answers no web page of another machine, and reports foreign host names', async () => {
    const status = async (headers: Record<string, string>): Promise<number | undefined> => {
      const response = await askFrom('127.0.0.1', { headers });
      assert.equal(response.headers['access-control-allow-origin'], undefined);
      assert.equal((await text(response)).includes('tæller'), response.statusCode === 200);
      return response.statusCode;
    };
    assert.equal(await status({}), 200);
    assert.equal(await status({ Host: 'meter.example.org' }), 200);
    assert.equal(await status({ Host: 'evil.example' }), 403);
    assert.equal(await status({ Origin: 'https://evil.example' }), 403);
    assert.equal(await status({ Origin: `http://127.0.0.1:${port}` }), 200);
    assert.deepEqual(foreignHosts, ['evil.example']);
  });

  /** Connections from one address that stay open and are used again before they are idle too long. */
  function busy(localAddress: string, count: number): { close(): void } {
    const agent = new Agent({ keepAlive: true, maxSockets: count });
    const ask = (): void => {
      for (let i = 0; i < count; i++) {
        get({ port, host: '127.0.0.1', localAddress, path: '/api', agent }, (response) => response.resume()).on(
          'error',
          () => undefined,
        );
      }
    };
    ask();
    const timer = setInterval(ask, 500);
    return {
      close: () => {
        clearInterval(timer);
        agent.destroy();
      },
    };
  }

  it('has a place for a client however many another one holds', async () => {
    const held = busy('127.0.0.2', 50);
    try {
      for (let times = 0; times < 20; times++) {
        assert.equal((await askFrom('127.0.0.3')).statusCode, 200);
        assert.equal((await askFrom('127.0.0.2')).statusCode, 200);
        await pause(100);
      }
    } finally {
      held.close();
    }
  });

  it('has a place for a client when a few hold all of them', async () => {
    const held = Array.from({ length: 5 }, (_, index) => busy(`127.0.0.${10 + index}`, 16));
    try {
      for (let times = 0; times < 20; times++) {
        assert.equal((await askFrom('127.0.0.3')).statusCode, 200);
        await pause(100);
      }
    } finally {
      for (const one of held) one.close();
    }
  });

  it('is not kept from other machines by one that begins requests and does not go on', async () => {
    const idle = Array.from({ length: 60 }, () => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      socket.on('error', () => undefined).write('GET /api HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      return socket;
    });
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    assert.equal((await askFrom('127.0.0.3')).statusCode, 200);
    for (const socket of idle) socket.destroy();
  });
});
