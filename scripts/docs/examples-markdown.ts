import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The properties of a flow's node that are described. */
export interface DescribedNode {
  readonly type: string;
  readonly name?: string;
  readonly info?: string;
}

const pictures = join(__dirname, '../../docs/images/examples');

/**
 * The section of an example: its picture and its comment.
 * @param name of the file, without its ending
 */
export function exampleSection(name: string, flow: readonly DescribedNode[]): string {
  const comment = flow.find(({ type }) => type === 'comment');
  const picture = existsSync(join(pictures, `${name}.png`)) ? `![The flow](images/examples/${name}.png)\n\n` : '';
  return `## ${name}\n\n${comment?.name ?? ''}\n\n${picture}${comment?.info ?? ''}\n`;
}

const numberOf = (name: string): number => Number.parseInt(name, 10);

/** docs/EXAMPLES.md: all examples, in the order of their numbers. */
export function examplesMarkdown(flows: ReadonlyMap<string, readonly DescribedNode[]>): string {
  const names = [...flows.keys()].sort((a, b) => numberOf(a) - numberOf(b));
  const sections = names.map((name) => exampleSection(name, flows.get(name) ?? []));
  const intro =
    'Menu → *Import* → *Examples* → *@nes-meter/node-red-nes-meter*. Each begins with a simulated meter. All share the connection ' +
    '*My meter* and the node *MQTT broker*: at the second import Node-RED says that some nodes exist already; choose *Import copy*, ' +
    'and the new flow uses your connection and your broker as you have set them. Examples whose broker node announces the end of ' +
    'the connection in another way (FHEM, Homey, ESP32 module) have a broker node of their own, and so do the connections of the ' +
    'optical port and of writing.\n';
  return ['# Example flows\n', intro, ...sections].join('\n');
}
