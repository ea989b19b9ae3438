/** Other connections that are set to the same port, deployed or not. */
import type { EditorNode, Given } from '../red.js';
import { valueOf } from './settings.js';

type Place = Readonly<Record<'transport' | 'port' | 'host' | 'tcpPort', Given>>;

/** The port that settings name; undefined for what any number of connections can have. */
export function portOf({ transport, port, host, tcpPort }: Place): string | undefined {
  const name = transport === 'serial' ? `${port ?? ''}` : `${host ?? ''}:${tcpPort ?? ''}`.toLowerCase();
  return transport === 'simulator' || name === '' || name === ':' ? undefined : `${transport ?? ''} ${name}`;
}

/** Names of the other connections whose port is that in the dialog. */
export function othersAtPort(node: EditorNode): string[] {
  const [transport, port, host, tcpPort] = [valueOf('transport'), valueOf('port'), valueOf('host'), valueOf('tcpPort')];
  const wanted = portOf({ transport, port, host, tcpPort });
  const found: string[] = [];
  RED.nodes.eachConfig((other) => {
    const config = other as EditorNode & Place;
    const isOther = config.type === 'mep-config' && config.id !== node.id;
    if (isOther && wanted !== undefined && portOf(config) === wanted) found.push(config.name || config.id);
    return true;
  });
  return found;
}
