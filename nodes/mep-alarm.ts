import type { NodeAPI, NodeMessage } from 'node-red';
import type { alarms } from '../src/internal.js';
import { systemClock } from '../src/internal.js';
import { AlarmWatch } from './lib/alarm-watch.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';

/** The unit of a limit or a value, and its decimals in a text. */
const UNITS: Readonly<Record<alarms.AlarmKind, { readonly unit: string; readonly decimals: number }>> = {
  power: { unit: 'W', decimals: 0 },
  overload: { unit: 'A', decimals: 1 },
  'voltage-low': { unit: 'V', decimals: 1 },
  'voltage-high': { unit: 'V', decimals: 1 },
  silence: { unit: 's', decimals: 0 },
};

/** A message that a mail or a notification can be made of as it is: `topic` is its subject, `payload` its text. */
function messageOf(context: NodeContext, change: alarms.AlarmChange): NodeMessage & { alarm: object } {
  const { unit, decimals } = UNITS[change.kind];
  const plain = (value: number | null): string | number => (value === null ? '–' : Number(value.toFixed(decimals)));
  const group = change.isActive ? 'on' : 'off';
  const [title, text] =
    change.reason === undefined
      ? [`mep-alarm.title.${group}.${change.kind}`, `mep-alarm.${group}.${change.kind}`]
      : ['mep-alarm.meter-changed.title', 'mep-alarm.meter-changed.text'];
  const params = {
    serial: change.serial,
    phase: change.phase ?? '',
    value: plain(change.value),
    limit: plain(change.limit),
    minutes: Math.round(change.limit / 60),
  };
  const topic = context.text(change.serial === '' ? 'mep-alarm.anyMeter' : 'mep-alarm.meter', {
    ...params,
    title: context.text(title, params),
  });
  return { topic, payload: context.text(text, params), alarm: { ...change, unit } };
}

function show(context: NodeContext, { active, unreported, meters }: ReturnType<AlarmWatch['counts']>): void {
  if (unreported > 0) context.status.show('yellow', 'ring', 'mep-alarm.status.quiet', { count: unreported });
  else if (active > 0) context.status.show('red', 'dot', 'mep-alarm.status.alarms', { count: active });
  else if (meters > 0) context.status.show('green', 'dot', 'mep-alarm.status.fine');
  else context.status.show('grey', 'ring', 'mep-alarm.status.waiting');
}

function start(context: NodeContext): void {
  const { node } = context;
  const messages = (changes: readonly alarms.AlarmChange[]): NodeMessage[] =>
    changes.map((each) => messageOf(context, each));
  const watch = new AlarmWatch(context, systemClock, (changes) => {
    node.send([messages(changes)]);
    show(context, watch.counts());
  });
  const loaded = watch.load().catch((error: unknown) => {
    context.warn(error);
  });
  show(context, watch.counts());

  onInput(context, async (msg, send) => {
    await loaded;
    send([messages(watch.receive(msg)).map((message) => ({ ...message, _msgid: msg._msgid }))]);
    show(context, watch.counts());
  });
  onClose(context, (isRemoved) => watch.close(isRemoved));
}

/** Reports when power, current or voltage pass a limit or a meter becomes silent, and when that ends. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-alarm', start);
}
