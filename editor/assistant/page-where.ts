/** Third page: where the readings go. */
import { BrokerForm } from './broker-form.js';
import { type Destination, type DestinationId, DESTINATIONS } from './destinations.js';
import { editor } from './editor.js';
import { type FlowNode, usesBroker } from './flow-nodes.js';
import { button, choice, message } from './form.js';
import type { Frame, Page } from './frame.js';
import { installPackage } from './server.js';
import type { SetUp } from './set-up.js';
import { say } from './texts.js';

const DONE = 3;

export type Flows = Readonly<Record<string, readonly FlowNode[]>>;

export function wherePage(setUp: SetUp, flowsOf: () => Promise<Flows>): Page {
  return {
    name: 'where',
    show(body, frame) {
      frame.proceed(say('next'), () => undefined, { isDisabled: true });
      flowsOf().then(
        (flows) => {
          new Destinations(setUp, frame, body, flows).show();
        },
        (error: unknown) => {
          frame.report(message('bad', error instanceof Error ? error.message : String(error)));
        },
      );
      return undefined;
    },
  };
}

/** The package that a destination needs and Node-RED does not have. */
export function missingModule({ module }: Destination, flow: readonly FlowNode[]): string | undefined {
  if (!module) return undefined;
  const isMissing = ({ type }: FlowNode): boolean => type.startsWith(module.types) && !editor().nodes.getType(type);
  return flow.some(isMissing) ? module.name : undefined;
}

class Destinations {
  readonly #setUp: SetUp;
  readonly #frame: Frame;
  readonly #body: JQuery;
  readonly #flows: Flows;
  readonly #broker: BrokerForm;

  constructor(setUp: SetUp, frame: Frame, body: JQuery, flows: Flows) {
    this.#setUp = setUp;
    this.#frame = frame;
    this.#body = body;
    this.#flows = flows;
    this.#broker = new BrokerForm(setUp);
  }

  show(): void {
    const group = $('<fieldset class="nes-meter-assistant-destinations">').append(
      $('<legend>').text(say('where.intro')),
    );
    for (const destination of DESTINATIONS) group.append(this.#choiceOf(destination));
    this.#body.append(group, this.#broker.box);
    this.#update();
  }

  #choiceOf(destination: Destination & { readonly id: DestinationId }): JQuery {
    const { id } = destination;
    const { frame, input } = choice({
      type: 'checkbox',
      group: 'destination',
      value: id,
      label: say(`where.${id}.name`),
      note: say(`where.${id}.note`),
      isChosen: this.#setUp.destinations.has(id),
    });
    const lacks = $('<div class="nes-meter-assistant-lacks" role="status">').appendTo(frame);
    const showLacks = (): void => {
      const module = missingModule(destination, this.#flows[destination.example] ?? []);
      lacks.empty();
      if (module !== undefined && this.#setUp.destinations.has(id)) this.#offerInstall(lacks, module, showLacks);
    };
    input.on('change', () => {
      if (input.prop('checked') === true) this.#setUp.destinations.add(id);
      else this.#setUp.destinations.delete(id);
      showLacks();
      this.#update();
    });
    showLacks();
    return frame;
  }

  #offerInstall(box: JQuery, module: string, done: () => void): void {
    const isAllowed =
      editor().settings.get('externalModules.palette.allowInstall') !== false &&
      editor().user.hasPermission('nodes.write');
    box.append(message('plain', isAllowed ? say('where.lacks', { module }) : say('where.lacksForbidden', { module })));
    if (!isAllowed) return;
    const install = button(say('where.install', { module }), () => {
      box.empty().append(message('busy', say('where.installing', { module })));
      installPackage(module).then(
        () => {
          // The editor receives the new types by its own channel, a moment later.
          editor().events.on('registry:node-type-added', done);
          box.empty().append(message('good', say('where.installed', { module })));
        },
        () => {
          box.empty().append(message('bad', say('where.notInstalled', { module })));
        },
      );
    });
    box.append(install);
  }

  #needsBroker(): boolean {
    return DESTINATIONS.some(
      ({ id, example }) => this.#setUp.destinations.has(id) && usesBroker(this.#flows[example] ?? []),
    );
  }

  #update(): void {
    this.#frame.report(undefined);
    this.#broker.box.toggle(this.#needsBroker());
    this.#frame.proceed(say('next'), () => this.#next());
  }

  async #next(): Promise<void> {
    if (this.#setUp.destinations.size === 0) {
      this.#frame.report(message('bad', say('where.none')));
      return;
    }
    if (this.#needsBroker()) {
      this.#frame.report(message('busy', say('broker.testing')));
      const fault = await this.#broker.check();
      this.#frame.report(fault === undefined || fault === '' ? undefined : message('bad', fault));
      if (fault !== undefined) return;
    }
    this.#frame.go(DONE);
  }
}
