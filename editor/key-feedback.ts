/** Shows, while a key is typed, how Node-RED will read it. Nothing of the key leaves the page. */
import {
  countHexDigits,
  describeAccessKey,
  KEY_FORMATS,
  type KeyFormat,
  type KeyFinding,
  MAX_KEY_BYTES,
  MIN_KEY_BYTES,
} from '../src/bytes/access-key.js';
import { isVariable } from './fields.js';

/** The two ports of a meter. */
export type Protocol = 'mep' | 'optical';

/** Of an odd number of hex digits, which is no number of bytes. */
type DigitFinding = 'digit-missing' | 'digit-too-many' | 'digits-odd';

/** What is shown below the field of a key. */
export interface KeyNote {
  /** Of its text: a finding, or what is no key itself. */
  readonly name: KeyFinding | DigitFinding | 'too-short-optical' | 'stored' | 'environment';
  readonly isGood: boolean;
  readonly values: Readonly<Record<string, number>>;
}

const TEXTS = '@nes-meter/node-red-nes-meter/mep-config:mep-config.keyFeedback.';
/** Texts of the button that takes a key in the other form. */
const TAKE_AS = {
  ascii: '@nes-meter/node-red-nes-meter/mep-config:mep-config.label.takeAsCharacters',
  hex: '@nes-meter/node-red-nes-meter/mep-config:mep-config.label.takeAsDigits',
} as const;
type Form = keyof typeof TAKE_AS;

/** What Node-RED shows of a password that is stored. */
export const STORED = '__PWRD__';

/** The fewest bytes of a key of a port: the optical port takes whole keys only. [OPT p.13] */
function minBytesOf(protocol: Protocol): number {
  return protocol === 'optical' ? MAX_KEY_BYTES : MIN_KEY_BYTES;
}

/** What is wrong with an odd number of hex digits: keys are handed out with 40 of them, at the MEP port also with 32. */
function digitFinding(digits: number, protocol: Protocol): DigitFinding {
  const usual = protocol === 'optical' ? [2 * MAX_KEY_BYTES] : [2 * MIN_KEY_BYTES, 2 * MAX_KEY_BYTES];
  if (usual.includes(digits + 1)) return 'digit-missing';
  return usual.includes(digits - 1) ? 'digit-too-many' : 'digits-odd';
}

/** The note that fits what a field holds. */
export function keyNote(text: string, format: KeyFormat, protocol: Protocol = 'mep'): KeyNote {
  if (text === STORED) return { name: 'stored', isGood: true, values: {} };
  if (isVariable(text.trim())) return { name: 'environment', isGood: true, values: {} };
  const { finding, isUsable, characters, bytes } = describeAccessKey(text, format, minBytesOf(protocol));
  if (finding === 'not-hex') {
    const digits = countHexDigits(text);
    if (digits !== undefined) return { name: digitFinding(digits, protocol), isGood: false, values: { digits } };
  }
  const name = protocol === 'optical' && finding === 'too-short' ? 'too-short-optical' : finding;
  return { name, isGood: isUsable || finding === 'empty', values: { characters, bytes } };
}

/** The form in which a text is a key; undefined where it is none in either. No text is one in both. */
export function fittingForm(text: string, protocol: Protocol = 'mep'): Form | undefined {
  const forms: readonly Form[] = ['ascii', 'hex'];
  return forms.find((form) => describeAccessKey(text, form, minBytesOf(protocol)).isUsable);
}

/** What the feedback looks at and where it is shown, as jQuery objects. */
export interface KeyFields {
  readonly input: JQuery;
  readonly format: JQuery;
  readonly protocol: JQuery;
  readonly note: JQuery;
}

/** Shows the note of a key from now on, and offers the other form where the key fits that one. */
export function attachKeyFeedback({ input, format, protocol, note }: KeyFields): void {
  const offerForm = (form: Form): void => {
    $('<button type="button" class="red-ui-button red-ui-button-small nes-meter-take-as">')
      .text(RED._(TAKE_AS[form]))
      .appendTo(note)
      .on('click', () => {
        format.val(form).trigger('change');
        input.trigger('focus');
      });
  };
  const showNote = (): void => {
    const typed = String(input.val() ?? '');
    const port = protocol.val() === 'optical' ? 'optical' : 'mep';
    const { name, isGood, values } = keyNote(
      typed,
      KEY_FORMATS.find((known) => known === format.val()) ?? 'auto',
      port,
    );
    // An empty field has no note: its placeholder is enough.
    note.text(name === 'empty' ? '' : RED._(TEXTS + name, values));
    note.toggleClass('nes-meter-bad', !isGood);
    const form = isGood ? undefined : fittingForm(typed, port);
    if (form) offerForm(form);
  };
  note.attr('aria-live', 'polite');
  input.on('input change', showNote);
  format.on('change', showNote);
  protocol.on('change', showNote);
  showNote();
}
