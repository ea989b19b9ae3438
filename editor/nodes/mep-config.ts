import { CONNECTION_LIMITS } from '../../src/limits.js';
import { closeDialog, openDialog } from '../connection/dialog.js';
import { must, numberField } from '../fields.js';
import { labelStyle } from '../labels.js';
import type { EditorNode, Property } from '../red.js';

interface Settings {
  name: string;
  protocol: string;
  transport: string;
  port: string;
  baudRate: string;
  dtr: string;
  rts: string;
  host: string;
  tcpPort: string;
  security: string;
  keyFormat: string;
  minInterval: string;
  allowWrites: boolean;
  allowDangerousWrites: boolean;
  traceFile: string;
  profile: string;
  sessionMode: string;
  packetSize: string;
  packetCount: string;
  userId: string;
}

const TRANSPORTS = ['serial', 'tcp', 'simulator'];

/** The transport chosen in the open dialog; without a dialog the stored one. */
function transportOf(node: EditorNode<Settings>): string {
  return String($('#node-config-input-transport').val() || node.transport);
}

/** A text that is required for one transport. */
function neededFor(transport: string, reason: string): Property<string, Settings> {
  const validate = must<Settings>(function (value) {
    return transportOf(this) !== transport || value.trim() !== '';
  }, reason);
  return { value: '', validate };
}

/** Where the meter is. */
function placeOf(node: EditorNode<Settings>): string {
  if (node.transport === 'simulator') return node._('mep-config.transport.simulator');
  if (node.transport === 'tcp') return node.host ? `${node.host}:${node.tcpPort}` : '';
  return node.port;
}

RED.nodes.registerType<Settings>('mep-config', {
  category: 'config',
  defaults: {
    name: { value: '' },
    protocol: { value: 'mep' },
    transport: {
      value: 'serial',
      validate: must((value) => TRANSPORTS.includes(value), 'mep-config.validate.transport'),
    },
    port: neededFor('serial', 'mep-config.validate.port'),
    baudRate: numberField(CONNECTION_LIMITS.baudRate, 'mep-config.validate.baudRate'),
    dtr: { value: 'on' },
    rts: { value: 'on' },
    host: neededFor('tcp', 'mep-config.validate.host'),
    tcpPort: numberField<Settings>(CONNECTION_LIMITS.tcpPort, 'mep-config.validate.tcpPort', {
      isUsed() {
        return transportOf(this) === 'tcp';
      },
    }),
    security: { value: 'digest' },
    keyFormat: { value: 'auto' },
    minInterval: numberField(CONNECTION_LIMITS.minInterval, 'mep-config.validate.minInterval'),
    allowWrites: { value: false },
    allowDangerousWrites: { value: false },
    traceFile: { value: '' },
    profile: { value: 'gen3' },
    sessionMode: { value: 'auto' },
    packetSize: { value: '64' },
    packetCount: numberField(CONNECTION_LIMITS.packetCount, 'mep-config.validate.packetCount', { isOptional: true }),
    userId: numberField(CONNECTION_LIMITS.userId, 'mep-config.validate.userId', { isOptional: true }),
  },
  credentials: {
    key: { type: 'password' },
    advancedKey: { type: 'password' },
  },
  label() {
    const place = placeOf(this);
    if (this.transport === 'simulator') {
      return this.name ? this._('mep-config.called.simulated', { name: this.name }) : place;
    }
    return this.name && place
      ? this._('mep-config.called.at', { name: this.name, place })
      : this.name || place || 'mep-config';
  },
  labelStyle,
  oneditprepare() {
    openDialog(this);
  },
  oneditsave: closeDialog,
  oneditcancel: closeDialog,
  oneditdelete: closeDialog,
});
