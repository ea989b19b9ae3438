/** Shows how Node-RED will interpret a key while it is typed. The key does not leave the page. */
import {
  countHexDigits,
  describeAccessKey,
  KEY_FORMATS,
  type KeyFormat,
  type KeyFinding,
  MAX_KEY_BYTES,
  MIN_KEY_BYTES,
} from '../src/connect/access-key.js';
import { isVariable } from './fields.js';

/** The two ports of a meter. */
export type Protocol = 'mep' | 'optical';

/** Findings on an odd number of hex digits, which is not a number of bytes. */
type DigitFinding = 'digit-missing' | 'digit-too-many' | 'digits-odd';

/** The note below the field of a key. */
export interface KeyNote {
  /** The name of its text: a finding, or the reason why there is no key to examine. */
  readonly name: KeyFinding | DigitFinding | 'too-short-optical' | 'stored' | 'environment';
  readonly isGood: boolean;
  readonly values: Readonly<Record<string, number>>;
}

const TEXTS = '@nes-meter/node-red-nes-meter/mep-config:mep-config.keyFeedback.';
/** Texts of the button that changes the format of a key. */
const TAKE_AS = {
  ascii: '@nes-meter/node-red-nes-meter/mep-config:mep-config.label.takeAsCharacters',
  hex: '@nes-meter/node-red-nes-meter/mep-config:mep-config.label.takeAsDigits',
} as const;
type Form = keyof typeof TAKE_AS;

/** Node-RED's placeholder for a stored password. */
export const STORED = '__PWRD__';

/** Minimum length of a key of a port: the optical port takes whole keys only. [OPT p.13] */
function minBytesOf(protocol: Protocol): number {
  return protocol === 'optical' ? MAX_KEY_BYTES : MIN_KEY_BYTES;
}

/** The finding on an odd number of hex digits: keys are issued with 40 of them, at the MEP port also with 32. */
function digitFinding(digits: number, protocol: Protocol): DigitFinding {
  const usual = protocol === 'optical' ? [2 * MAX_KEY_BYTES] : [2 * MIN_KEY_BYTES, 2 * MAX_KEY_BYTES];
  if (usual.includes(digits + 1)) return 'digit-missing';
  return usual.includes(digits - 1) ? 'digit-too-many' : 'digits-odd';
}

/** The note for the content of a field. */
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

/** The format in which a text is a valid key; undefined if there is none. No text is valid in both. */
export function fittingForm(text: string, protocol: Protocol = 'mep'): Form | undefined {
  const forms: readonly Form[] = ['ascii', 'hex'];
  return forms.find((form) => describeAccessKey(text, form, minBytesOf(protocol)).isUsable);
}

/** The fields to observe and the element for the note, as jQuery objects. */
export interface KeyFields {
  readonly input: JQuery;
  readonly format: JQuery;
  readonly protocol: JQuery;
  readonly note: JQuery;
}

/** Shows the note of a key from now on, and offers the other format if the key fits that one. */
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
