/** A message as `mqtt out` takes it. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** A state is retained, so that a Home Assistant that starts later receives it. */
export function retained(topic: string, payload: string): MqttMessage {
  return { topic, payload, qos: 1, retain: true };
}

/** A value of the past is for present subscribers only. */
export function passing(topic: string, payload: string): MqttMessage {
  return { topic, payload, qos: 1, retain: false };
}

export const ONLINE = 'online';
export const OFFLINE = 'offline';
