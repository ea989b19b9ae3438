import { EmbeddedBroker } from '../brokers/mqtt-broker.js';
import { type NodeRedOptions, NodeRedProcess } from './node-red-process.js';

/** A running Node-RED and a broker for its flows. */
export interface BrokerStage {
  readonly nodeRed: NodeRedProcess;
  readonly broker: EmbeddedBroker;
}

/**
 * Starts both before the tests of the calling group, and ends them after the tests.
 * @param onReady called with them before the first test
 */
export function withBrokerStage(onReady: (stage: BrokerStage) => void, options: NodeRedOptions = {}): void {
  const cleanUps: (() => Promise<unknown>)[] = [];
  before(async () => {
    const broker = await EmbeddedBroker.start();
    cleanUps.push(() => broker.stop());
    const nodeRed = await NodeRedProcess.run(options);
    cleanUps.push(() => nodeRed.remove());
    onReady({ nodeRed, broker });
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
}
