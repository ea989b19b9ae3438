export type { Transport, TransportEvents } from './transport.js';
export { memoryPair, type MemoryPairOptions } from './memory.js';
export { isSerialPort, listPorts, type ListedPort, type PortInfo, type PortSources } from './ports.js';
export {
  LINE_SETTINGS,
  type LineSetting,
  type SerialBinding,
  type SerialBindingPort,
  type SerialOptions,
  serialTransport,
  serialUnavailable,
} from './serial.js';
export { type TcpOptions, tcpTransport } from './tcp.js';
