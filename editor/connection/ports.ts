/** The list of serial ports. */
import type { Texts } from '../texts.js';
import { field } from './settings.js';

interface FoundPort {
  readonly path: string;
  readonly label?: string;
}

/** The answer of `nes-meter/ports`: the ports, or why there are none. */
interface FoundPorts {
  readonly ports?: readonly FoundPort[];
  readonly code?: string;
}

/** Attaches the search for ports to the button beside the field. */
export function offerPorts(text: Texts): void {
  const list = $('#nes-meter-ports');
  $('#nes-meter-find-ports').on('click', () => {
    list.prop('hidden', false).text(text('mep-config.ports.searching'));
    void $.getJSON('nes-meter/ports')
      .done((answer: FoundPorts | null) => {
        showPorts(list, answer ?? {}, text);
      })
      .fail(() => {
        list.text(text('mep-config.ports.failed'));
      });
  });
}

function showPorts(list: JQuery, { ports = [], code }: FoundPorts, text: Texts): void {
  if (code !== undefined) {
    list.empty().text(text(`mep-config.ports.${code}`));
    return;
  }
  list.empty().text(text(ports.length > 0 ? 'mep-config.ports.choose' : 'mep-config.ports.none'));
  for (const { path, label = path } of ports) {
    const row = $('<button type="button" class="red-ui-button">').attr('title', path).appendTo(list);
    $('<span>').text(label).appendTo(row);
    if (label !== path) $('<small>').text(path).appendTo(row);
    row.on('click', () => {
      field('port').val(path).trigger('change').trigger('focus');
      list.prop('hidden', true);
    });
  }
}
