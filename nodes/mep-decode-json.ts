import type { Node, NodeAPI, NodeDef } from 'node-red';
import { fromPlainTopic, fromReader, isPlainTopic, systemClock } from '../src/index.js';
import { onInput, showStatus } from './lib/index.js';
import { type ConfigProperties, textOf } from './lib/settings.js';

/** Reads the JSON of another reader, such as the ESP32 module of dabbler.dk or amsreader, as a reading of ours. */
export default function (RED: NodeAPI): void {
  function MepDecodeJson(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    const own = textOf(properties, 'serial');
    onInput(RED, this, (msg, send) => {
      const message = isPlainTopic(msg.topic) ? fromPlainTopic(msg.topic, msg.payload) : fromReader(msg.payload);
      if (message === undefined) return;
      const { payload, meter } = message;
      const power = payload['activePower'] ?? payload['activePowerImport'];
      if (typeof power === 'number') showStatus(RED, this, 'green', 'dot', `${power.toFixed(0)} W`);
      else showStatus(RED, this, 'green', 'dot', 'mep-decode-json.status.decoded');
      delete (msg as { registers?: unknown }).registers;
      send(
        Object.assign(msg, {
          raw: msg.payload,
          payload,
          // Which of it was not sent is not known to be missing: a message tells a part only.
          table: { complete: false, readAt: systemClock.date().toISOString() },
          meter: { ...meter, serial: meter.serial ?? (own === '' ? null : own) },
        }),
      );
    });
  }
  RED.nodes.registerType('mep-decode-json', MepDecodeJson);
}
