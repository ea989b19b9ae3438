import { EXPIRY_LIMITS, KEPT_READINGS_LIMITS } from '../../src/limits.js';
import { maxMetersField, numberField, topicField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  prefix: string;
  discovery: string;
  baseTopic: string;
  expireAfter: string;
  serial: string;
  keepReadings: string;
  maxMeters: string;
  contextStore: string;
}

const BASE_TOPIC = 'nes-meter';

RED.nodes.registerType<Settings>('mep-ha-discovery', {
  category: 'NES meter',
  color: '#7fb8a4',
  defaults: {
    name: { value: '' },
    prefix: topicField('homeassistant', 'mep-ha-discovery.invalid.topic', true),
    discovery: { value: 'device' },
    baseTopic: topicField(BASE_TOPIC, 'mep-ha-discovery.invalid.topic', true),
    expireAfter: numberField(EXPIRY_LIMITS, 'mep-ha-discovery.invalid.seconds', { required: true }),
    serial: { value: '' },
    keepReadings: numberField(KEPT_READINGS_LIMITS, 'mep-ha-discovery.invalid.readings', { isOptional: true }),
    maxMeters: maxMetersField('mep-ha-discovery.invalid.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-ha-discovery.svg',
  onpaletteadd: findable('mep-ha-discovery'),
  paletteLabel: text('mep-ha-discovery.node.name'),
  label: nameOr('mep-ha-discovery.node.name'),
  labelStyle,
  inputLabels: text('mep-ha-discovery.port.input'),
  outputLabels: text('mep-ha-discovery.port.output'),
  oneditprepare() {
    // Nodes of older flows have no such setting, and announce whole devices.
    if (!this.discovery) $('#node-input-discovery').val('device');
    const base = $('#node-input-baseTopic');
    const showTopic = (): void => {
      $('#mep-ha-discovery-bridge-topic').text(`${String(base.val() || BASE_TOPIC)}/bridge/availability`);
    };
    base.on('input change', showTopic);
    showTopic();
  },
});
