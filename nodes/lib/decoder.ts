import type { NodeMessage } from 'node-red';
import { decodeReading, type Dimensions, type Payload, type Reading, type ReadingTable } from '../../src/internal.js';
import { onInput } from './node-events.js';
import type { NodeContext } from './node-context.js';
import { type ConfigProperties, offsetOf } from './settings.js';
import type { NodeStatus } from './status.js';
import { tableInput } from './table-input.js';

/** The value that is shown below a node with readings: the one that most users need first. */
interface Headline {
  readonly key: string;
  readonly unit: string;
  /** Digits behind the point. */
  readonly digits: number;
}

const HEADLINES: Readonly<Record<ReadingTable, Headline>> = {
  BT23: { key: 'activeEnergyImport', unit: 'kWh', digits: 1 },
  BT28: { key: 'activePower', unit: 'W', digits: 0 },
};

/** Texts of the decode nodes for a reading without that value; `count` registers. */
const NO_HEADLINE: Readonly<Record<ReadingTable, string>> = {
  BT23: 'mep-decode-bt23.status.decoded',
  BT28: 'mep-decode-bt28.status.decoded',
};

/** The bytes of a table with readings, and what is needed to decode them. */
interface ReadingBytes {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly complete: boolean | undefined;
  readonly dimensions: Dimensions;
}

/**
 * Decodes a reading into a message: the values to `payload` and `registers`, the bytes to `raw`.
 * @throws DecodeError, UsageError: see `decodeReading`
 */
export function withDecodedReading(
  msg: NodeMessage,
  table: ReadingTable,
  { bytes, offset, complete, dimensions }: ReadingBytes,
): NodeMessage & Reading {
  const { payload, registers } = decodeReading(table, bytes, {
    ...{ offset, dimensions },
    ...(complete !== undefined && { complete }),
  });
  return Object.assign(msg, { payload, registers, raw: bytes });
}

/** Shows the most important value of a reading below a node. @returns false where the reading does not have it */
export function showHeadline(status: NodeStatus, table: ReadingTable, payload: Payload): boolean {
  const { key, unit, digits } = HEADLINES[table];
  const value = payload[key];
  if (typeof value !== 'number') return false;
  // A text that begins with a digit or a sign is no key of a catalogue: the editor shows it as it is.
  status.show('green', 'dot', `${value.toFixed(digits)} ${unit}`);
  return true;
}

/**
 * Makes a node decode the tables that come in: the values to `msg.payload` and `msg.registers`, the bytes to `msg.raw`.
 * @param bareDimensions the dimensions of bytes that come without `msg.meter`, from the node's own settings; may throw
 */
export function decodeTables(
  context: NodeContext,
  table: ReadingTable,
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
    const input = {
      ...{ bytes, complete },
      offset: offset ?? (bare ?? forBareBytes()).offset,
      dimensions: dimensions ?? (bare ?? forBareBytes()).dimensions,
    };
    const decoded = withDecodedReading(msg, table, input);
    if (!showHeadline(context.status, table, decoded.payload)) {
      const count = decoded.registers.length;
      context.status.show('green', 'dot', NO_HEADLINE[table], { count });
    }
    send(decoded);
  });
}
