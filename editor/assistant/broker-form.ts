/** The broker on the third page: one that the editor has, or another. */
import { editor, type EditorItem } from './editor.js';
import { choice, type Field, textField } from './form.js';
import { hostText, isHostFault, readHost } from './place.js';
import { testBroker } from './server.js';
import type { SetUp } from './set-up.js';
import { say } from './texts.js';

const DEFAULT_PORT = { plain: 1_883, tls: 8_883 } as const;
/** Faults of the login; all others are those of the address. */
const LOGIN_FAULTS = ['login-refused', 'not-authorised'];

/** The brokers that the editor has. */
export function knownBrokers(): EditorItem[] {
  const found: EditorItem[] = [];
  editor().nodes.eachConfig((node) => {
    if (node.type === 'mqtt-broker') found.push(node);
    return true;
  });
  return found;
}

export class BrokerForm {
  readonly box = $('<div class="nes-meter-assistant-broker">');
  readonly #setUp: SetUp;
  readonly #brokers = knownBrokers();
  readonly #host: Field;
  readonly #user: Field;
  readonly #password: Field;
  readonly #typed = $('<div>');

  constructor(setUp: SetUp) {
    this.#setUp = setUp;
    if (!this.#brokers.some(({ id }) => id === setUp.brokerId)) setUp.brokerId = this.#brokers[0]?.id ?? '';
    this.#host = textField({
      id: 'nes-meter-assistant-broker',
      label: say('broker.host'),
      value: setUp.brokerHost,
      placeholder: 'localhost:1883',
      note: say('broker.hostNote'),
    });
    this.#user = textField({ id: 'nes-meter-assistant-user', label: say('broker.user'), value: setUp.brokerUser });
    this.#password = textField({
      id: 'nes-meter-assistant-password',
      type: 'password',
      label: say('broker.password'),
      value: setUp.brokerPassword,
    });
    this.#build();
  }

  #build(): void {
    const group = $('<fieldset>')
      .append($('<legend>').text(say('broker.heading')))
      .appendTo(this.box);
    if (this.#brokers.length > 0) {
      for (const { id, name, broker, port } of this.#brokers) {
        const label = `${typeof name === 'string' && name !== '' ? `${name}: ` : ''}${String(broker)}:${String(port)}`;
        group.append(this.#choiceOf(id, label));
      }
      group.append(this.#choiceOf('', say('broker.another')));
    }
    const tls = choice({
      type: 'checkbox',
      group: 'broker-tls',
      value: 'tls',
      label: say('broker.tls'),
      isChosen: this.#setUp.isBrokerTls,
    });
    tls.input.on('change', () => {
      this.#setUp.isBrokerTls = tls.input.prop('checked') === true;
    });
    this.#typed.append(this.#host.row, this.#user.row, this.#password.row, tls.frame).appendTo(group);
    for (const [name, field] of [
      ['brokerHost', this.#host],
      ['brokerUser', this.#user],
      ['brokerPassword', this.#password],
    ] as const) {
      field.input.on('input', () => {
        this.#setUp[name] = field.value();
      });
    }
    this.#typed.toggle(this.#setUp.brokerId === '');
  }

  #choiceOf(id: string, label: string): JQuery {
    const isChosen = this.#setUp.brokerId === id;
    const { frame, input } = choice({ type: 'radio', group: 'broker', value: id === '' ? 'new' : id, label, isChosen });
    input.on('change', () => {
      this.#setUp.brokerId = id;
      this.#typed.toggle(id === '');
    });
    return frame;
  }

  /**
   * Whether the broker lets Node-RED in.
   * @returns undefined if it does; else what is wrong, empty where a field says so
   */
  async check(): Promise<string | undefined> {
    const { brokerId, brokerUser, brokerPassword, isBrokerTls } = this.#setUp;
    const known = this.#brokers.find(({ id }) => id === brokerId);
    // What is not deployed yet is not known to the runtime; its login is checked when it is.
    if (known) return known.changed === true ? undefined : faultOfKnown(known);
    const read = readHost(this.#host.value());
    if (isHostFault(read)) {
      const { fault, better } = read;
      const apply = (): void => {
        this.#host.input
          .val(better ?? '')
          .trigger('input')
          .trigger('focus');
      };
      const remedy = better === undefined ? undefined : { label: say('useInstead', { value: better }), apply };
      this.#host.reject(say(`host.${fault}`), remedy);
      return '';
    }
    const { host, port = isBrokerTls ? DEFAULT_PORT.tls : DEFAULT_PORT.plain } = read;
    const result = await testBroker({
      host,
      port,
      isTls: isBrokerTls,
      user: brokerUser,
      password: brokerPassword,
    }).answer;
    if (result.ok) return undefined;
    const sentence = say(`broker.fault.${result.fault}`, { place: hostText({ host, port }) });
    (LOGIN_FAULTS.includes(result.fault) ? this.#user : this.#host).reject(sentence);
    return '';
  }
}

async function faultOfKnown({ id, broker, port }: EditorItem): Promise<string | undefined> {
  const result = await testBroker({ id }).answer;
  return result.ok ? undefined : say(`broker.fault.${result.fault}`, { place: `${String(broker)}:${String(port)}` });
}

/** The properties of a new broker node, in place of those of the examples. */
export function brokerProperties({ brokerHost, isBrokerTls, brokerUser, brokerPassword }: SetUp): object {
  const read = readHost(brokerHost);
  if (isHostFault(read)) return {};
  const { host, port = isBrokerTls ? DEFAULT_PORT.tls : DEFAULT_PORT.plain } = read;
  return {
    broker: host,
    port: String(port),
    usetls: isBrokerTls,
    ...(brokerUser !== '' && { credentials: { user: brokerUser, password: brokerPassword } }),
  };
}
