import { freePort } from '../ports.js';
import { type ExampleNode, filledIn, readExample } from '../node-red/examples.js';
import { type NodeRedOptions, NodeRedProcess } from '../node-red/node-red-process.js';
import { post, untilPosting, withPostedReadings } from '../node-red/posted-readings.js';
import { decoded } from '../readings/decoded.js';
import { until } from '../until.js';

/** A Node-RED that answers as a HomeWizard meter and sends telegrams of both kinds, from readings that a test posts. */
export class ServedReadings {
  readonly nodeRed: NodeRedProcess;
  /** Where the HomeWizard-compatible API is. */
  readonly homeWizard: string;
  /** TCP ports of the telegrams. */
  readonly dsmr5: number;
  readonly swedish: number;

  private constructor(nodeRed: NodeRedProcess, homeWizard: string, dsmr5: number, swedish: number) {
    this.nodeRed = nodeRed;
    this.homeWizard = homeWizard;
    this.dsmr5 = dsmr5;
    this.swedish = swedish;
  }

  /** @param other a further flow, and its nodes that get the readings too */
  static async start(
    options: NodeRedOptions = {},
    other: { readonly nodes: readonly ExampleNode[]; readonly targets: readonly string[] } = { nodes: [], targets: [] },
  ): Promise<ServedReadings> {
    const [http, dsmr5, swedish] = [await freePort(), await freePort(), await freePort()];
    const nodeRed = await NodeRedProcess.run(options);
    const server = filledIn(readExample('12-homey-homewizard.json'), {
      'mep-http-server': { port: String(http), host: '127.0.0.1', announce: false, expireAfter: '0' },
    });
    const telegrams = filledIn(readExample('20-p1-telegrams.json'), {
      'tcp out': { port: String(dsmr5) },
      'mep-format': { repeatEvery: '1', expireAfter: '0' },
    });
    const swedishTelegrams = telegrams
      .filter(({ type }) => type === 'mep-format' || type === 'tcp out')
      .map((node): ExampleNode =>
        node.type === 'tcp out'
          ? { ...node, id: 'tcp_5s', port: String(swedish) }
          : { ...node, id: 'format_5s', format: 'p1-5s', wires: [['tcp_5s']] },
      );
    const nodes = [...server, ...telegrams, ...swedishTelegrams, ...other.nodes];
    await nodeRed.deploy(withPostedReadings(nodes, ['nes12_http', 'nes20_fmt', 'format_5s', ...other.targets]));
    await untilPosting(nodeRed);
    return new ServedReadings(nodeRed, `http://127.0.0.1:${http}`, dsmr5, swedish);
  }

  /** Has both tables read, and waits until they are answered. */
  async read(): Promise<void> {
    const readAt = new Date().toISOString();
    await post(this.nodeRed, decoded('BT28', { readAt }));
    await post(this.nodeRed, decoded('BT23', { readAt }));
    const isServed = async (): Promise<boolean> => (await fetch(`${this.homeWizard}/api/v1/data`)).ok;
    await until(isServed, 'the readings to be served', { seen: () => this.nodeRed.log.slice(-2_000) });
  }

  async stop(): Promise<void> {
    await this.nodeRed.remove();
  }
}
