/** Home Assistant's MQTT discovery: from decoded readings to messages for `mqtt out`. */
export type { MqttMessage } from '../mqtt.js';
export type { MeterReading } from '../reading.js';
export { forgetRequest, homeAssistantStatus } from './birth.js';
export { announceAgain, homeAssistantFormat } from './format.js';
export { type AnnouncedMeter, type KnownMeter, knownMeters } from './known-meter.js';
export {
  confirm,
  type Confirmed,
  EMPTY_OUTBOX,
  type NumberedMessage,
  type Outbox,
  post,
  type Posted,
  recallOutbox,
  receiptOf,
  rememberOutbox,
  waiting,
} from './outbox.js';
export { HOME_ASSISTANT_DEFAULTS, homeAssistantSettings, type HomeAssistantSettings } from './settings.js';
