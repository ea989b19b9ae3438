/** Parts of the pages: fields with a note, choices, messages. */

export interface FieldOptions {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly type?: 'text' | 'password';
  /** Below the field, as long as nothing is wrong. */
  readonly note?: string;
}

/** A field with its label and a note below, which also says what is wrong. */
export interface Field {
  readonly row: JQuery;
  readonly input: JQuery;
  readonly note: JQuery;
  value(): string;
  /** Says what is wrong with the content, and moves the focus there; a button can put in what was probably meant. */
  reject(sentence: string, remedy?: { readonly label: string; readonly apply: () => void }): void;
  accept(): void;
}

export function textField({ id, label, value, placeholder = '', type = 'text', note = '' }: FieldOptions): Field {
  const row = $('<div class="nes-meter-assistant-field">');
  const input = $('<input>').attr({
    id,
    type,
    placeholder,
    autocomplete: type === 'password' ? 'new-password' : 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    'aria-describedby': `${id}-note`,
  });
  const below = $('<p class="nes-meter-note" aria-live="polite">').attr('id', `${id}-note`).text(note);
  row.append($('<label>').attr('for', id).text(label), input.val(value), below);
  const accept = (): void => {
    input.removeAttr('aria-invalid').removeClass('input-error');
    below.text(note).removeClass('nes-meter-bad');
  };
  input.on('input', accept);
  return {
    row,
    input,
    note: below,
    value: () => String(input.val() ?? ''),
    reject(sentence, remedy) {
      input.attr('aria-invalid', 'true').addClass('input-error');
      below.text(sentence).addClass('nes-meter-bad');
      if (remedy) $('<div>').append(button(remedy.label, remedy.apply)).appendTo(below);
      input.trigger('focus');
    },
    accept,
  };
}

export function button(label: string, press: () => void): JQuery {
  return $('<button type="button" class="red-ui-button">').text(label).on('click', press);
}

export function paragraph(text: string): JQuery {
  return $('<p>').text(text);
}

export interface ChoiceOptions {
  readonly type: 'radio' | 'checkbox';
  readonly group: string;
  readonly value: string;
  readonly label: string;
  readonly note?: string;
  readonly isChosen: boolean;
}

/** A choice in a frame of its own; `input` is its radio button or its box. */
export function choice({ type, group, value, label, note, isChosen }: ChoiceOptions): {
  readonly frame: JQuery;
  readonly input: JQuery;
} {
  const id = `nes-meter-assistant-${group}-${value.replaceAll(/\W/g, '-')}`;
  const input = $('<input>')
    .attr({ type, id, name: `nes-meter-assistant-${group}`, value })
    .prop('checked', isChosen);
  const title = $('<label>').attr('for', id).text(label);
  const frame = $('<div class="nes-meter-assistant-choice">').append(input, title);
  if (note !== undefined && note !== '') {
    input.attr('aria-describedby', `${id}-note`);
    $('<small>').attr('id', `${id}-note`).text(note).appendTo(frame);
  }
  return { frame, input };
}

export type MessageKind = 'good' | 'bad' | 'busy' | 'plain';

const ICONS = {
  good: 'fa-check-circle',
  bad: 'fa-exclamation-circle',
  busy: 'fa-spinner fa-spin',
  plain: 'fa-info-circle',
} as const satisfies Readonly<Record<MessageKind, string>>;

/** A line with a sign before it. */
export function message(kind: MessageKind, sentence: string): JQuery {
  return $('<div class="nes-meter-assistant-message">')
    .addClass(`nes-meter-${kind}`)
    .append($('<i aria-hidden="true">').addClass(`fa ${ICONS[kind]}`), $('<div>').append($('<p>').text(sentence)));
}

/** Names and values below each other. */
export function valueList(rows: readonly (readonly [name: string, value: string])[]): JQuery {
  const list = $('<dl class="nes-meter-assistant-values">');
  for (const [name, value] of rows) list.append($('<dt>').text(name), $('<dd>').text(value));
  return list;
}
