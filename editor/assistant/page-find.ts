/** First page: where the meter is. */
import { choice, type Field, message, paragraph, textField } from './form.js';
import type { Frame, Page } from './frame.js';
import { isHostFault, readHost } from './place.js';
import { findMeter, listPorts, type Request, type SearchResult, type SerialPort, Unanswered } from './server.js';
import type { Found, PlaceKind, SetUp } from './set-up.js';
import { say, sayError, sayOfConnection } from './texts.js';

const KINDS = ['ports', 'port', 'network', 'simulator'] as const satisfies readonly PlaceKind[];

/** Faults for which the place is right: nothing responded there. */
const SILENT = ['no-answer', 'only-alerts', 'unreadable-answer', 'optical-silence', 'optical-noise'];

interface Place {
  readonly name: string;
  readonly request: object;
}

export function findPage(setUp: SetUp): Page {
  return {
    name: 'find',
    show(body, frame) {
      const search = new Search(setUp, frame, body);
      search.show();
      return () => {
        search.stop();
      };
    },
  };
}

class Search {
  readonly #setUp: SetUp;
  readonly #frame: Frame;
  readonly #body: JQuery;
  readonly #port: Field;
  readonly #host: Field;
  readonly #portList = $('<ul class="nes-meter-assistant-ports">');
  readonly #results = $('<div class="nes-meter-assistant-results" role="status">');
  #ports: readonly SerialPort[] = [];
  #running: readonly Request<SearchResult>[] = [];

  constructor(setUp: SetUp, frame: Frame, body: JQuery) {
    this.#setUp = setUp;
    this.#frame = frame;
    this.#body = body;
    this.#port = textField({
      id: 'nes-meter-assistant-port',
      label: sayOfConnection('mep-config.label.port'),
      value: setUp.port,
      placeholder: '/dev/serial/by-id/…',
    });
    this.#host = textField({
      id: 'nes-meter-assistant-host',
      label: say('find.host'),
      value: setUp.host,
      placeholder: '192.168.1.20:2000',
      note: say('find.hostNote'),
    });
  }

  show(): void {
    this.#body.append(paragraph(say('find.intro')));
    const group = $('<fieldset>')
      .append($('<legend>').text(say('find.where')))
      .appendTo(this.#body);
    for (const kind of KINDS) group.append(this.#choiceOf(kind));
    this.#body.append(this.#results);
    this.#port.input.on('input', () => {
      this.#setUp.port = this.#port.value();
      this.#choose('port');
    });
    this.#host.input.on('input', () => {
      this.#setUp.host = this.#host.value();
      this.#choose('network');
    });
    if (this.#setUp.chosen) this.#showFound();
    this.#updateButtons();
    void this.#listPorts();
  }

  stop(): void {
    for (const { stop } of this.#running) stop();
    this.#running = [];
  }

  #choiceOf(kind: PlaceKind): JQuery {
    const { frame, input } = choice({
      type: 'radio',
      group: 'place',
      value: kind,
      label: say(`find.place.${kind}`),
      note: kind === 'simulator' ? say('find.simulatorNote') : '',
      isChosen: this.#setUp.place === kind,
    });
    input.on('change', () => {
      this.#choose(kind);
    });
    if (kind === 'ports') frame.append(this.#portList);
    if (kind === 'port') frame.append(this.#port.row);
    if (kind === 'network') frame.append(this.#host.row);
    return frame;
  }

  /** Another place: what was found elsewhere no longer counts. */
  #choose(kind: PlaceKind): void {
    this.stop();
    Object.assign(this.#setUp, { place: kind, found: [], chosen: undefined, tested: undefined });
    this.#results.empty();
    this.#frame.report(undefined);
    $(`#nes-meter-assistant-place-${kind}`).prop('checked', true);
    this.#updateButtons();
  }

  async #listPorts(): Promise<void> {
    this.#portList.empty().append($('<li>').text(sayOfConnection('mep-config.ports.searching')));
    try {
      const { ports = [], code } = await listPorts();
      this.#ports = ports;
      this.#portList.empty();
      for (const { path, label = path } of ports) this.#portList.append($('<li>').text(label).attr('title', path));
      if (code !== undefined) this.#portList.append($('<li>').text(sayOfConnection(`mep-config.ports.${code}`)));
      else if (ports.length === 0) this.#portList.append($('<li>').text(say('find.noPorts')));
    } catch (error) {
      this.#portList.empty().append($('<li>').text(error instanceof Error ? error.message : ''));
    }
  }

  #updateButtons(): void {
    const { place, chosen } = this.#setUp;
    const isReady = place === 'simulator' || chosen !== undefined;
    if (isReady) {
      this.#frame.proceed(say('next'), () => {
        this.#frame.go(1);
      });
    } else if (this.#running.length > 0) {
      this.#frame.proceed(say('stop'), () => {
        this.stop();
        this.#results.empty();
        this.#updateButtons();
      });
    } else {
      this.#frame.proceed(say('find.search'), () => this.#search());
    }
  }

  /** The places to ask; undefined where a field says what is wrong. */
  #places(): readonly Place[] | undefined {
    switch (this.#setUp.place) {
      case 'simulator':
        return [];
      case 'network': {
        const read = readHost(this.#host.value());
        if (!isHostFault(read)) {
          const { host, port } = read;
          return [
            {
              name: this.#host.value(),
              request: { transport: 'tcp', host, ...(port !== undefined && { tcpPort: port }) },
            },
          ];
        }
        const { fault, better } = read;
        this.#host.reject(say(`host.${fault}`), better === undefined ? undefined : this.#remedy(better));
        return undefined;
      }
      case 'port': {
        const port = this.#port.value().trim();
        if (port !== '') return [{ name: port, request: { transport: 'serial', port } }];
        this.#port.reject(say('find.portEmpty'));
        return undefined;
      }
      case 'ports':
        return this.#ports.map(({ path, label = path }) => ({
          name: label,
          request: { transport: 'serial', port: path },
        }));
    }
  }

  #remedy(better: string): { readonly label: string; readonly apply: () => void } {
    return {
      label: say('useInstead', { value: better }),
      apply: () => {
        this.#host.input.val(better).trigger('input').trigger('focus');
      },
    };
  }

  async #search(): Promise<void> {
    const places = this.#places();
    if (!places) return;
    if (places.length === 0) {
      this.#frame.report(message('bad', say('find.noPorts')));
      return;
    }
    const requests = places.map(({ request }) => findMeter(request));
    this.#running = requests;
    this.#results.empty().append(message('busy', say('find.searching')));
    this.#updateButtons();
    const found: Found[] = [];
    const results = await Promise.all(
      requests.map(async ({ answer }, index) => {
        const result = await answer.catch((error: unknown) => {
          if (error instanceof Unanswered) return error;
          throw error;
        });
        if (!(result instanceof Unanswered) && result.ok && this.#running === requests) {
          found.push(result);
          this.#take(found, result);
        }
        return { place: places[index], result };
      }),
    );
    if (this.#running !== requests) return;
    this.#running = [];
    if (found.length === 0) this.#showNothing(results);
    this.#updateButtons();
  }

  #take(found: readonly Found[], result: Found): void {
    Object.assign(this.#setUp, { found: [...found], chosen: this.#setUp.chosen ?? result, tested: undefined });
    this.#showFound();
    this.#updateButtons();
  }

  #showFound(): void {
    this.#results.empty();
    const { found, chosen } = this.#setUp;
    if (found.length === 1 && chosen) {
      const box = message('good', foundText(chosen));
      if (chosen.notices.includes('echo'))
        box.children('div').append(paragraph(sayOfConnection('mep-config.notice.echo')));
      this.#results.append(box);
    } else {
      const group = $('<fieldset>')
        .append($('<legend>').text(say('find.several')))
        .appendTo(this.#results);
      found.forEach((one, index) => {
        const value = String(index);
        const options = {
          type: 'radio',
          group: 'found',
          value,
          label: foundText(one),
          isChosen: one === chosen,
        } as const;
        const { frame, input } = choice(options);
        input.on('change', () => {
          Object.assign(this.#setUp, { chosen: one, tested: undefined });
        });
        group.append(frame);
      });
    }
    this.#results[0]?.scrollIntoView({ block: 'nearest' });
  }

  #showNothing(
    results: readonly { readonly place: Place | undefined; readonly result: SearchResult | Unanswered }[],
  ): void {
    const [first] = results;
    const { place } = this.#setUp;
    if (results.length === 1 && first && place !== 'ports') {
      const sentence = faultText(first.result);
      this.#results.empty();
      (place === 'network' ? this.#host : this.#port).reject(sentence);
      return;
    }
    const box = message('bad', say('find.nothing'));
    const list = $('<ul>');
    for (const { place: asked, result } of results) {
      list.append($('<li>').append($('<b>').text(asked?.name ?? ''), ' ', $('<span>').text(faultText(result))));
    }
    box.children('div').append(list, paragraph(say('find.whatNow')));
    this.#results.empty().append(box);
    this.#results[0]?.scrollIntoView({ block: 'nearest' });
  }
}

function faultText(result: SearchResult | Unanswered): string {
  if (result instanceof Unanswered) return result.message;
  if (result.ok) return '';
  if (SILENT.includes(result.code)) return say('find.silent');
  return sayError(result.code, result.values);
}

/** Where a meter responded, in one sentence. */
export function foundText({ settings, model, serial }: Found): string {
  const { protocol, transport, port, host, tcpPort, baudRate } = settings;
  const where = transport === 'tcp' ? `${host ?? ''}:${tcpPort ?? ''}` : String(port ?? '');
  const values = { where, port: say(`find.port.${protocol === 'optical' ? 'optical' : 'mep'}`) };
  const sentence =
    transport === 'tcp'
      ? say('find.foundAtHost', values)
      : say('find.foundAtPort', { ...values, baud: String(baudRate ?? '') });
  const identity = [model, serial].filter(Boolean).join(', ');
  return identity === '' ? sentence : `${sentence} ${identity}`;
}
