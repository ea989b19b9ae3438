import type { TransportErrorCode } from '../errors.js';
import type { ErrorText } from './error-text.js';

export const TRANSPORT_TEXTS: Readonly<Record<TransportErrorCode, ErrorText>> = {
  'port-missing': {
    happened: 'The serial port does not exist.',
    check: 'Check that the adapter is plugged in.',
    inNode: 'Then choose the port again with Find ports: its name may have changed.',
    inCommand: '`nes-meter ports` lists the ports of this machine.',
    hasDetail: true,
  },
  'port-busy': {
    happened: 'The port is already in use.',
    check: 'Close other programs that have it open, such as a terminal program or another Node-RED.',
    inNode: 'All nodes of a meter must use the same connection.',
    hasDetail: true,
  },
  'port-denied': {
    happened: 'Permission to open the serial port was denied.',
    inNode:
      "Add Node-RED's user to the group dialout (sudo usermod -aG dialout USER) and restart Node-RED; in a container, " +
      'pass the device in.',
    inCommand: 'Add yourself to the group dialout (sudo usermod -aG dialout $USER) and log in again.',
    hasDetail: true,
  },
  'port-failed': {
    happened: 'The port could not be used.',
    check: 'Unplug the adapter, plug it in again, and check the system log.',
    hasDetail: true,
  },
  'serial-unavailable': {
    happened: 'Serial ports are not available on this system: the serial driver of the package does not run here.',
    check:
      'This is so in some containers. Use a serial server on the network (ser2net, an ESP32) instead, or install the ' +
      'package on a system for which the driver has a build.',
    inNode: 'In the connection, choose Network.',
    inCommand: 'The address of a serial server is given with --tcp.',
    hasDetail: true,
  },
  'port-not-serial': {
    happened: 'This is not a serial port of this machine.',
    inNode: 'Choose the port with Find ports, or enter a path below /dev.',
    inCommand: '`nes-meter ports` lists the serial ports.',
    hasDetail: true,
  },
  'host-refused': {
    happened: 'The host refused the connection: nothing listens on this TCP port.',
    check: 'Check the port number, and that the serial server is running.',
    hasDetail: true,
  },
  'host-unreachable': {
    happened: 'The host cannot be reached.',
    check: 'Check its name or address, its power supply and the network.',
    hasDetail: true,
  },
  'connection-lost': {
    happened: 'The connection was lost.',
    check: 'Check the adapter, its cable and the network.',
    inNode: 'The connection is opened again automatically.',
    hasDetail: true,
  },
  'line-taken': {
    happened: 'The serial server accepts the connection and closes it again each time: another program is using it.',
    check: 'Most of them accept one client at a time. Close the other program (Node-RED, an app).',
    inNode:
      'All nodes must use one connection: a second one to this server, under another name, has the same effect. It is ' +
      'tried again with growing pauses.',
    hasDetail: true,
  },
  'line-flooded': {
    happened: 'Far more bytes arrive than a meter sends, and none of them form a message. The connection was closed.',
    check: 'Check what the serial server or adapter is connected to, its baud rate and its wiring, and restart it.',
    inNode: 'The connection is opened again automatically, with growing pauses.',
    hasDetail: true,
  },
  'connection-closed': {
    happened: 'The connection was closed during the request.',
    inNode: 'This happens during a deploy. Send the message again.',
    inCommand: 'Run the command again.',
  },
};
