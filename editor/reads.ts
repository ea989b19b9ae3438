/** The rows of a dialog for further tables, each read at an interval of its own. */
import { INTERVAL_LIMITS, isWithin } from '../src/limits.js';
import { isVariable } from './fields.js';
import type { EditorNode, Validator } from './red.js';
import { isTable, offerChoices } from './tables.js';
import type { EditorNodeProperties } from 'node-red';

/** An entry of the setting `reads`; the interval is a text, as in other fields. */
export interface Read {
  readonly table: string;
  readonly interval: string;
}

/** The energy registers change slowly: once a minute is enough. */
export const LIVE_VALUES: Read = { table: 'BT28', interval: '10' };
export const ENERGY: Read = { table: 'BT23', interval: '60' };

const ROW = '.nes-meter-read';

const isSeconds = (text: string): boolean =>
  isVariable(text) || (/^\d+(\.\d+)?$/.test(text) && isWithin(Number(text), INTERVAL_LIMITS));

/** The entries of a stored setting, with texts; empty where it is something else. */
export function readsIn(given: unknown): readonly Read[] {
  if (!Array.isArray(given)) return [];
  return (given as readonly { readonly table?: string; readonly interval?: string | number }[]).map(
    ({ table = '', interval = '0' }) => ({ table, interval: String(interval) }),
  );
}

/** A validator of the setting: each entry names a table and has seconds within the limits. */
export function readsValidator<Settings extends EditorNodeProperties>(reason: string): Validator<Settings> {
  return function (this: EditorNode<Settings>, given: unknown, options) {
    if (typeof given === 'string' && isVariable(given)) return true;
    const isRight = readsIn(given).every(
      ({ table, interval }) => table !== '' && isTable(table) && isSeconds(interval),
    );
    const { min, max } = INTERVAL_LIMITS;
    return isRight || (options === undefined ? false : this._(reason, { min, max }));
  };
}

/** Texts of the rows. */
interface RowTexts {
  readonly table: string;
  readonly seconds: string;
  readonly remove: string;
}

/** Rows below a container; `onChange` is called when one is added or removed. */
export class ReadRows {
  readonly #container: JQuery;
  readonly #texts: RowTexts;
  readonly #onChange: () => void;

  constructor(container: JQuery, texts: RowTexts, onChange: () => void) {
    this.#container = container;
    this.#texts = texts;
    this.#onChange = onChange;
  }

  get entries(): readonly Read[] {
    return this.#container
      .find(ROW)
      .toArray()
      .map((row) => {
        const [table, interval] = $(row)
          .find('input')
          .toArray()
          .map((input) => String($(input).val()).trim());
        return { table: table ?? '', interval: interval === undefined || interval === '' ? '0' : interval };
      });
  }

  /** Adds a row. @returns its field for the table */
  add({ table, interval }: Read): JQuery {
    const { table: tableText, seconds, remove } = this.#texts;
    const row = $('<div class="form-row nes-meter-read nes-meter-beside-labels">');
    const name = $('<input type="text" autocomplete="off" spellcheck="false">')
      .attr('aria-label', tableText)
      .val(table);
    const every = $('<input type="text" class="nes-meter-short" inputmode="decimal">').attr('aria-label', seconds);
    const button = $('<button type="button" class="red-ui-button red-ui-button-small">').attr({
      'aria-label': remove,
      title: remove,
    });
    button.append($('<i class="fa fa-times" aria-hidden="true">')).on('click', () => {
      row.remove();
      this.#onChange();
    });
    every.val(interval);
    row.append(name, every, $('<span>').text(seconds), button).appendTo(this.#container);
    offerChoices(name);
    name.on('change input', () => name.toggleClass('input-error', !isNamed(String(name.val()).trim())));
    every.on('change input', () => every.toggleClass('input-error', !isSeconds(String(every.val()).trim())));
    this.#onChange();
    return name;
  }
}

function isNamed(text: string): boolean {
  return text !== '' && isTable(text);
}
