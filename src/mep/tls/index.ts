export { TlsClient, type TlsClientOptions, type TlsProgress } from './client.js';
export { badHandshake, isKeyAlert } from './failure.js';
