/** Last page: what is laid out, and the deployment. */
import { DESTINATIONS } from './destinations.js';
import { editor, type NodeStatus } from './editor.js';
import { message, type MessageKind, paragraph } from './form.js';
import type { Frame, Page } from './frame.js';
import { type LaidOut, layOutFlow } from './lay-out.js';
import { missingModule, type Flows } from './page-where.js';
import type { SetUp } from './set-up.js';
import { say } from './texts.js';

/** The nodes whose status shows that readings come and go. */
const WATCHED = ['mep-read-table', 'mqtt out'];
/** What the colour of a status means. */
const KINDS: Readonly<Record<string, MessageKind>> = { green: 'good', red: 'bad' };

export function donePage(setUp: SetUp, flowsOf: () => Promise<Flows>, finish: () => void): Page {
  return {
    name: 'done',
    show(body, frame) {
      let stopWatching: (() => void) | undefined;
      flowsOf().then(
        (flows) => {
          showSummary(body, setUp, flows);
          const layOut = (): LaidOut => {
            const laidOut = layOutFlow(setUp, flows);
            finish();
            return laidOut;
          };
          frame.offer(say('done.layOut'), () => {
            layOut();
            frame.close();
          });
          if (!editor().user.hasPermission('flows.write')) {
            frame.report(message('bad', say('done.forbidden')));
            return;
          }
          frame.proceed(say('done.deploy'), () => {
            stopWatching = deploy(layOut(), body, frame);
          });
        },
        (error: unknown) => {
          frame.report(message('bad', error instanceof Error ? error.message : String(error)));
        },
      );
      return () => {
        stopWatching?.();
      };
    },
  };
}

function showSummary(body: JQuery, setUp: SetUp, flows: Flows): void {
  body.append(paragraph(say('done.intro', { tab: say('tab') })));
  const list = $('<ul class="nes-meter-assistant-summary">').appendTo(body);
  for (const destination of DESTINATIONS.filter(({ id }) => setUp.destinations.has(id))) {
    const { id, example } = destination;
    const item = $('<li>')
      .append($('<b>').text(say(`where.${id}.name`)), ' ')
      .appendTo(list);
    $('<span>')
      .text(say(`where.${id}.next`))
      .appendTo(item);
    const module = missingModule(destination, flows[example] ?? []);
    if (module !== undefined) item.append(message('plain', say('where.lacksForbidden', { module })));
  }
  body.append(paragraph(say('done.undo')));
}

/** Deploys and shows what the nodes report. Returns what ends that. */
function deploy({ nodes }: LaidOut, body: JQuery, frame: Frame): () => void {
  const red = editor();
  const watched = nodes.filter(({ type }) => WATCHED.includes(type));
  const lines = $('<ul class="nes-meter-assistant-summary">');
  body.children(':not(h3)').remove();
  body.append(message('good', say('done.deployed')), lines);
  const stops = watched.map((node) => {
    const line = $('<li>')
      .append(message('busy', say('done.waiting')))
      .appendTo(lines);
    const label = labelOf(node.id);
    const show = (_: string, { fill = '', text = '' }: NodeStatus): void => {
      line.empty().append(message(KINDS[fill] ?? 'plain', `${label}: ${RED._(text)}`));
    };
    red.comms.subscribe(`status/${node.id}`, show);
    return () => {
      red.comms.unsubscribe(`status/${node.id}`, show);
    };
  });
  red.actions.invoke('core:deploy-flows');
  frame.proceed(
    say('close'),
    () => {
      frame.close();
    },
    { isLast: true },
  );
  return () => {
    for (const stop of stops) stop();
  };
}

function labelOf(id: string): string {
  const node = editor().nodes.node(id);
  const { label } = (node?.['_def'] ?? {}) as { readonly label?: unknown };
  const text: unknown = typeof label === 'function' ? Reflect.apply(label, node, []) : label;
  return typeof text === 'string' ? text : '';
}
