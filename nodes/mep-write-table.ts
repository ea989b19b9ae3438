import type { NodeAPI, NodeMessage } from 'node-red';
import { type TableContent, type TableValues, type TableWrite, toHex, UsageError } from '../src/internal.js';
import { defineNode } from './lib/index.js';
import { type ConfigProperties, numberOf } from './lib/settings.js';
import { bytesOf, nameIn, noTableNamed, recordOf, tableNameIn } from './lib/table-input.js';
import { startWriter } from './lib/writer-node.js';

/** Writes fields or bytes to a table of the meter, or reports what it would write. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-write-table', (context) => {
    const { properties } = context;
    startWriter(context, async (msg, connection, options) => {
      const ownTable = nameIn(properties['table']);
      const table = ownTable ?? tableNameIn(msg);
      if (table === undefined) throw noTableNamed();
      const write = await connection.writeTable(table, contentOf(msg, table, properties), {
        ...options,
        isChosenByMessage: ownTable === undefined,
      });
      const fill = write.outcome === 'written' ? 'green' : 'grey';
      context.status.show(fill, 'dot', `mep-write-table.status.${write.outcome}`, { table: write.table.id });
      const { table: extent, meter } = write;
      return Object.assign(msg, { payload: report(write), table: extent, meter: structuredClone(meter) });
    });
  });
}

/** An object names fields by their paths; a Buffer holds bytes from an offset on. */
function contentOf(msg: NodeMessage, table: string, properties: ConfigProperties): TableContent {
  const fields = recordOf(msg.payload);
  const isBytes = fields === undefined || fields['type'] === 'Buffer';
  if (!isBytes) return { fields: fields as TableValues };
  return { bytes: bytesOf(msg.payload), offset: offsetIn(msg, table, properties) };
}

/**
 * Where the bytes begin: by the node's setting, or by `msg.table` where that is of the same table.
 * @throws UsageError `bad-offset` where the two differ: one of them means another place of the table
 */
function offsetIn(msg: NodeMessage, table: string, properties: ConfigProperties): number {
  const own = numberOf(properties, 'offset');
  const extent = recordOf(msg['table']);
  const isSame = nameIn(extent?.['id'])?.toUpperCase() === table.toUpperCase();
  const given = isSame ? extent?.['offset'] : undefined;
  if (given === undefined || given === own) return own ?? 0;
  if (own === undefined && typeof given === 'number') return given;
  throw new UsageError(
    'bad-offset',
    `The bytes are of ${table} from byte ${JSON.stringify(given)} on, the node writes from ${own ?? 0} on`,
    { values: { table, offset: own ?? 0 } },
  );
}

/** What happened, or would, with every byte that differs. */
function report({ outcome, table, before, after, writes, budget }: TableWrite): object {
  const changes = Array.from(after, (byte, index) => ({
    offset: table.offset + index,
    before: before[index] ?? null,
    after: byte,
  })).filter((change) => change.before !== change.after);
  return {
    outcome,
    table: table.id,
    offset: table.offset,
    before: toHex(before),
    after: toHex(after),
    changes,
    writes: writes.map(({ offset, data }) => ({ offset, data: toHex(data) })),
    budget,
  };
}
