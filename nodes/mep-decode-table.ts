import type { NodeAPI } from 'node-red';
import { findTable, UsageError } from '../src/internal.js';
import { defineNode, type NodeContext, onInput } from './lib/index.js';
import { offsetOf } from './lib/settings.js';
import { nameIn, noTableNamed, tableInput, tableNameIn } from './lib/table-input.js';
import { withDecodedValues } from './lib/decoded-message.js';

/** Turns the bytes of any table into named values. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-decode-table', start);
}

function start(context: NodeContext): void {
  const { properties, status } = context;
  reportProblems(context);
  onInput(context, (msg, send) => {
    const name = tableNameIn(msg) ?? nameIn(properties['table']);
    if (name === undefined) throw noTableNamed();
    const table = knownTable(name);
    const input = tableInput(msg);
    const decoded = withDecodedValues(msg, table, { ...input, offset: input.offset ?? offsetOf(properties) });
    status.show('green', 'dot', 'mep-decode-table.status.decoded', { table });
    send(decoded);
  });
}

/** Settings that cannot be used are reported at once; messages that need none of them are decoded all the same. */
function reportProblems(context: NodeContext): void {
  try {
    offsetOf(context.properties);
    const table = nameIn(context.properties['table']);
    if (table !== undefined) knownTable(table);
  } catch (error) {
    context.report(error);
  }
}

function knownTable(name: string): string {
  const table = findTable(name);
  if (table) return table.name;
  throw new UsageError('unknown-table', `There is no table ${name.slice(0, 40)}`, { values: { table: name } });
}
