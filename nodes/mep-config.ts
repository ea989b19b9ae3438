import type { Node, NodeAPI, NodeDef } from 'node-red';
import { registerAdmin } from './lib/admin.js';
import { endConnection } from './lib/connection-tokens.js';
import { ConnectionTrace } from './lib/connection-trace.js';
import { MeterConnection } from './lib/connection.js';
import { NodeContext, onClose } from './lib/index.js';
import { fileLedger } from './lib/write-ledger.js';
import { textFrom } from './lib/texts.js';
import { type ConfigKeys, type ConfigProperties, meterSettings, textOf } from './lib/settings.js';

export interface MepConfigNode extends Node<ConfigKeys> {
  connection: MeterConnection;
}

/** The connection to one meter: port, key, pace. It opens when the first node uses it. */
export default function (RED: NodeAPI): void {
  const ledger = fileLedger(RED.settings.userDir);
  function MepConfig(this: MepConfigNode, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    const { connection } = Object.assign(this, {
      connection: new MeterConnection(
        this.id,
        this.name ?? this.id,
        () => meterSettings(properties, this.credentials),
        ledger,
        ({ expected, received }) => {
          this.warn(textFrom(RED, 'mep-config.test.answer-limit', { expected, received }));
        },
        new ConnectionTrace({
          path: textOf(properties, 'traceFile'),
          folder: RED.settings.userDir ?? '.',
          failed: ({ message }) => {
            this.warn(textFrom(RED, 'mep-config.trace.failed', { detail: message }));
          },
        }),
      ),
    });
    onClose(new NodeContext(RED, this, properties), (isRemoved) => {
      if (isRemoved) endConnection(this.id);
      return connection.close();
    });
  }
  RED.nodes.registerType<MepConfigNode, NodeDef & ConfigProperties, object, ConfigKeys>('mep-config', MepConfig, {
    credentials: { key: { type: 'password' }, advancedKey: { type: 'password' } },
  });
  registerAdmin(RED);
}
