import type { NodeAPI } from 'node-red';
import { Guard } from './lib/guard.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';

function start(context: NodeContext): void {
  const guard = new Guard(context, 'mep-plausibility');
  context.status.show('grey', 'ring', 'mep-plausibility.status.waiting');

  onInput(context, async (msg, send) => {
    if (await guard.approve(msg)) return;
    const guarded = await guard.receive(msg);
    if (guarded === undefined) return;
    const { isPassed, passed, reported } = guarded;
    const { counts } = guard;
    if (isPassed) context.status.show('green', 'dot', 'mep-plausibility.status.counts', { ...counts });
    else context.status.show('yellow', 'ring', 'mep-plausibility.status.counts', { ...counts });
    send([passed, reported]);
  });
  onClose(context, (isRemoved) => guard.close(isRemoved));
}

/** Lets only possible readings through; what is held back, and what is believed after all, leaves on the second output. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-plausibility', start);
}
