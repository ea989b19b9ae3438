import type { Node, NodeAPI, NodeDef } from 'node-red';
import { findTable, UsageError } from '../src/internal.js';
import { onInput, showError, showStatus, toNodeError } from './lib/index.js';
import { type ConfigProperties, offsetOf } from './lib/settings.js';
import { nameIn, noTableNamed, tableInput, tableNameIn } from './lib/table-input.js';
import { withValues } from './lib/values.js';

/** Turns the bytes of any table into named values. */
export default function (RED: NodeAPI): void {
  function MepDecodeTable(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    showProblems(RED, this, properties);
    onInput(RED, this, (msg, send) => {
      const asked = tableNameIn(msg) ?? nameIn(properties['table']);
      if (asked === undefined) throw noTableNamed();
      const table = knownTable(asked);
      const input = tableInput(msg);
      const decoded = withValues(msg, table, { ...input, offset: input.offset ?? offsetOf(properties) });
      showStatus(RED, this, 'green', 'dot', 'mep-decode-table.status.decoded', { table });
      send(decoded);
    });
  }
  RED.nodes.registerType('mep-decode-table', MepDecodeTable);
}

/** What is wrong with the settings is told at once; messages that bring all there is to know are decoded all the same. */
function showProblems(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  try {
    offsetOf(properties);
    const table = nameIn(properties['table']);
    if (table !== undefined) knownTable(table);
  } catch (error) {
    showError(RED, node, error);
    node.error(toNodeError(RED, error));
  }
}

function knownTable(name: string): string {
  const table = findTable(name);
  if (table) return table.name;
  throw new UsageError('unknown-table', `There is no table ${name.slice(0, 40)}`, { values: { table: name } });
}
