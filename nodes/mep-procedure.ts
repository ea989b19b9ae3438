import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { type TableValues, toHex, UsageError } from '../src/internal.js';
import { showStatus } from './lib/index.js';
import { badSetting, type ConfigProperties } from './lib/settings.js';
import { nameIn, recordOf } from './lib/table-input.js';
import { makeWriterNode } from './lib/writer-node.js';

/** Runs a procedure in the meter, or says what it would run. */
export default function (RED: NodeAPI): void {
  function MepProcedure(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    makeWriterNode(RED, this, properties, async (msg, connection, options) => {
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
      showStatus(RED, this, fill, 'dot', `mep-procedure.status.${run.outcome}`, { procedure: run.procedure });
      const payload = { ...run, written: toHex(run.written) };
      return Object.assign(msg, { payload, meter: structuredClone(meter) });
    });
  }
  RED.nodes.registerType('mep-procedure', MepProcedure);
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
