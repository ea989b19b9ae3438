export { TlsClient, type TlsClientOptions, type TlsProgress } from './client.js';
