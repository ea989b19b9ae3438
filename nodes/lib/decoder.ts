import { decodeReading, type Dimensions } from '../../src/internal.js';
import { onInput } from './node-events.js';
import type { NodeContext } from './node-context.js';
import { type ConfigProperties, offsetOf } from './settings.js';
import { tableInput } from './table-input.js';

/** The value that is shown below a decode node: the one that most users need first. */
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
  context: NodeContext,
  table: 'BT23' | 'BT28',
  headline: Headline,
  bareDimensions: (properties: ConfigProperties) => Dimensions,
): void {
  const { properties } = context;
  const forBareBytes = (): { dimensions: Dimensions; offset: number } => ({
    dimensions: bareDimensions(properties),
    offset: offsetOf(properties),
  });
  let bare: ReturnType<typeof forBareBytes> | undefined;
  try {
    bare = forBareBytes();
  } catch (error) {
    // Messages with msg.meter need no settings and can be decoded.
    context.report(error);
  }

  onInput(context, (msg, send) => {
    const { bytes, offset, complete, dimensions } = tableInput(msg, table);
    const { payload, registers } = decodeReading(table, bytes, {
      offset: offset ?? (bare ?? forBareBytes()).offset,
      dimensions: dimensions ?? (bare ?? forBareBytes()).dimensions,
      ...(complete !== undefined && { complete }),
    });
    const value = payload[headline.key];
    // A text that begins with a digit or a sign is no key of a catalogue: the editor shows it as it is.
    if (typeof value === 'number')
      context.status.show('green', 'dot', `${value.toFixed(headline.digits)} ${headline.unit}`);
    else context.status.show('green', 'dot', headline.otherwise, { count: registers.length });
    send(Object.assign(msg, { payload, registers, raw: bytes }));
  });
}
