/** The texts of the assistant, and those of connections that it shares with their dialog. */
import { fillText, type TextValues } from '../../src/texts.js';

const PACKAGE = '@nes-meter/node-red-nes-meter';
/** An i18next option that returns a text as it is in the catalogue; any value except zero has this effect. */
const LOOK_UP_ONLY = { skipInterpolation: 1 } as const;

function lookUp(key: string, values: TextValues): string {
  return fillText(RED._(key, LOOK_UP_ONLY), values);
}

/** A text of the assistant. */
export function say(key: string, values: TextValues = {}): string {
  return lookUp(`${PACKAGE}/nes-meter-assistant:assistant.${key}`, values);
}

/** A text of the dialog of connections: an error, a notice, the name of a setting. */
export function sayOfConnection(key: string, values: TextValues = {}): string {
  return lookUp(`${PACKAGE}/mep-config:${key}`, values);
}

/** What an error means and what to do, by its code. */
export function sayError(code: string, values: TextValues = {}): string {
  return sayOfConnection(`errors.${code}`, values).replace(/ \[\]$/, '');
}

/** A number as people of the editor's language write it. */
export function sayNumber(value: number, digits: number): string {
  const language = RED.i18n.lang();
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );
}
