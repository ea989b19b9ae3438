import type { NodeAPI, NodeMessage } from 'node-red';
import { type TableValues, toHex, UsageError } from '../src/internal.js';
import { defineNode } from './lib/index.js';
import { badSetting, type ConfigProperties } from './lib/settings.js';
import { nameIn, recordOf } from './lib/table-input.js';
import { startWriter } from './lib/writer-node.js';

/** Runs a procedure in the meter, or reports what it would run. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-procedure', (context) => {
    const { properties } = context;
    startWriter(context, async (msg, connection, options) => {
      const ownName = nameIn(properties['procedure']);
      const name = ownName ?? nameIn((msg as { procedure?: unknown }).procedure);
      if (name === undefined) {
        throw new UsageError('unknown-procedure', 'Neither the node nor msg.procedure names a procedure', {
          values: { procedure: '' },
        });
      }
      const { meter, ...run } = await connection.runProcedure(name, parametersOf(msg, properties), {
        ...options,
        isChosenByMessage: ownName === undefined,
      });
      const fill = run.outcome === 'completed' ? 'green' : 'grey';
      context.status.show(fill, 'dot', `mep-procedure.status.${run.outcome}`, { procedure: run.procedure });
      const payload = { ...run, written: toHex(run.written) };
      return Object.assign(msg, { payload, meter: structuredClone(meter) });
    });
  });
}

/** The node's own parameters, or where it has none those in the message. */
function parametersOf(msg: NodeMessage, properties: ConfigProperties): TableValues {
  const text = nameIn(properties['parameters']);
  const given = recordOf(text === undefined ? msg.payload : parsed(text));
  if (!given && text !== undefined) throw badSetting('parameters');
  if (!given) throw new UsageError('bad-payload', 'An object with the parameters is needed', { values: { why: '' } });
  return given as TableValues;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badSetting('parameters');
  }
}
