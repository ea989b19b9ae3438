import { EXPIRY_LIMITS, HTTP_PORT_LIMITS } from '../../src/limits.js';
import { HTTP_FORMATS } from '../../src/publish/format-settings.js';
import { maxMetersField, numberField } from '../fields.js';
import { offerFormats } from '../formats.js';
import { findable, labelStyle, text } from '../labels.js';
import { textsOf } from '../texts.js';

interface Settings {
  name: string;
  format: string;
  port: string;
  host: string;
  hostNames: string;
  announce: boolean;
  expireAfter: string;
  serial: string;
  allowSimulated: boolean;
  maxMeters: string;
  contextStore: string;
}

RED.nodes.registerType<Settings>('mep-http-server', {
  category: 'NES meter',
  color: '#7fb8a4',
  defaults: {
    name: { value: '' },
    format: { value: HTTP_FORMATS[0], required: true },
    port: numberField(HTTP_PORT_LIMITS, 'mep-http-server.invalid.port', { required: true }),
    host: { value: '' },
    hostNames: { value: '' },
    announce: { value: true },
    expireAfter: numberField(EXPIRY_LIMITS, 'mep-http-server.invalid.seconds', { isOptional: true }),
    serial: { value: '' },
    allowSimulated: { value: false },
    maxMeters: maxMetersField('mep-http-server.invalid.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 0,
  icon: 'nes-meter-http-server.svg',
  align: 'right',
  onpaletteadd: findable('mep-http-server'),
  paletteLabel: text('mep-http-server.node.name'),
  label() {
    return this.name || `${textsOf(this)(`mep-http-server.formats.${this.format}`)} :${this.port}`;
  },
  labelStyle,
  inputLabels: text('mep-http-server.port.input'),
  oneditprepare() {
    offerFormats(HTTP_FORMATS, this.format, (format) => this._(`mep-http-server.formats.${format}`));
  },
});
