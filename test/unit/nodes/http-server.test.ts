import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { HttpServer } from '../../../nodes/lib/http-server.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/until.js';

describe('HTTP server of a node', () => {
  let port: number;
  let server: HttpServer;

  beforeEach(async () => {
    port = await freePort();
    server = new HttpServer(({ method, path }) => ({
      statusCode: 200,
      headers: { 'Content-Type': 'text/plain' },
      payload: `${method} ${path} tæller`,
    }));
    await server.listen(port, '127.0.0.1');
  });
  afterEach(() => server.close());

  /** Over a connection of its own. */
  async function ask(path: string): Promise<IncomingMessage> {
    const request = get({ port, host: '127.0.0.1', path, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  it('says how long an answer is, in bytes', async () => {
    const response = await ask('/api?x=1');
    assert.equal(response.headers['content-length'], '16');
    assert.equal(response.headers['transfer-encoding'], undefined);
    assert.equal(await text(response), 'GET /api tæller');
  });

  it('is not kept from others by many who begin a request and do not go on', async () => {
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
    await until(isAnswered, 'an answer', { limitMs: 20_000 });
    for (const socket of idle) socket.destroy();
  });
});
