import type { Node, NodeAPI } from 'node-red';
import { decodeReading, type Dimensions } from '../../src/internal.js';
import { toNodeError } from './errors.js';
import { onInput } from './handlers.js';
import { type ConfigProperties, offsetOf } from './settings.js';
import { showError, showStatus } from './status.js';
import { tableInput } from './table-input.js';

/** The value that stands below a decode node: what most people look for first. */
export interface Headline {
  readonly key: string;
  readonly unit: string;
  /** Digits behind the point. */
  readonly digits: number;
  /** Key of the text where the reading has no such value; `count` registers. */
  readonly otherwise: string;
}

/**
 * Makes a node decode the tables that come in: the values to `msg.payload` and `msg.registers`, the bytes to `msg.raw`.
 * @param bareDimensions the dimensions of bytes that come without `msg.meter`, from the node's own settings; may throw
 */
export function decodeTables(
  RED: NodeAPI,
  node: Node,
  table: 'BT23' | 'BT28',
  headline: Headline,
  properties: ConfigProperties,
  bareDimensions: (properties: ConfigProperties) => Dimensions,
): void {
  const forBareBytes = (): { dimensions: Dimensions; offset: number } => ({
    dimensions: bareDimensions(properties),
    offset: offsetOf(properties),
  });
  let bare: ReturnType<typeof forBareBytes> | undefined;
  try {
    bare = forBareBytes();
  } catch (error) {
    // Messages with msg.meter can be decoded all the same: the settings are not for them.
    showError(RED, node, error);
    node.error(toNodeError(RED, error));
  }

  onInput(RED, node, (msg, send) => {
    const { bytes, offset, complete, dimensions } = tableInput(msg, table);
    const { payload, registers } = decodeReading(table, bytes, {
      offset: offset ?? (bare ?? forBareBytes()).offset,
      dimensions: dimensions ?? (bare ?? forBareBytes()).dimensions,
      ...(complete !== undefined && { complete }),
    });
    const value = payload[headline.key];
    // A text that begins with a digit or a sign is no key of a catalogue: the editor shows it as it is.
    if (typeof value === 'number')
      showStatus(RED, node, 'green', 'dot', `${value.toFixed(headline.digits)} ${headline.unit}`);
    else showStatus(RED, node, 'green', 'dot', headline.otherwise, { count: registers.length });
    send(Object.assign(msg, { payload, registers, raw: bytes }));
  });
}
