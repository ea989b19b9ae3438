import assert from 'node:assert/strict';
import { portOf } from '../../../editor/connection/same-port.js';

describe('Two connections', () => {
  const serial = { transport: 'serial', port: '/dev/ttyUSB0', host: 'bridge', tcpPort: '2000' };

  it('have the same port only where both lead to it', () => {
    const network = { ...serial, transport: 'tcp' };
    assert.equal(portOf(serial), portOf({ ...serial, host: '' }));
    assert.notEqual(portOf(serial), portOf({ ...serial, port: '/dev/ttyUSB1' }));
    assert.notEqual(portOf(serial), portOf(network));
    assert.equal(portOf(network), portOf({ ...network, host: 'Bridge', tcpPort: 2000 }));
    assert.notEqual(portOf(network), portOf({ ...network, tcpPort: '2001' }));
  });

  it('share no port while none is entered, nor that of simulated meters', () => {
    assert.equal(portOf({ ...serial, port: '' }), undefined);
    assert.equal(portOf({ transport: 'tcp', port: '', host: '', tcpPort: '' }), undefined);
    assert.equal(portOf({ ...serial, transport: 'simulator' }), undefined);
  });
});
