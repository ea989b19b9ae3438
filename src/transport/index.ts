export type { Transport, TransportEvents } from './transport.js';
export { isSerialPort, listPorts, type ListedPort, type PortInfo, type PortSources } from './ports.js';
export {
  MODEM_LINE_SETTINGS,
  type ModemLineSetting,
  type SerialBinding,
  type SerialBindingPort,
  type SerialOptions,
  serialTransport,
  serialUnavailable,
} from './serial.js';
export { type TcpOptions, tcpTransport } from './tcp.js';
