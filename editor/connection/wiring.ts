/** The picture that shows how the chosen port is wired. */
import type { Texts } from '../texts.js';
import { valueOf } from './settings.js';

const RESOURCES = 'resources/@nes-meter/node-red-nes-meter/';

/** Unfolds the picture. */
export function openWiring(): void {
  $('#nes-meter-wiring').prop('open', true);
}

/** Loads the wiring picture of the chosen port, with texts in the editor's language, if it is unfolded. */
export function showWiring(text: Texts): void {
  const picture = $('#nes-meter-wiring .nes-meter-picture');
  const protocol = valueOf('protocol');
  const isOpen = $('#nes-meter-wiring').prop('open') === true;
  if (!isOpen || picture.data('protocol') === protocol) return;
  picture.data('protocol', protocol);
  void $.get({ url: `${RESOURCES}wiring-${protocol}.svg`, dataType: 'text' }).done((svg: string) => {
    if (picture.data('protocol') !== protocol) return;
    picture.html(svg.slice(svg.indexOf('<svg')));
    picture.find('svg').attr('aria-label', text(`mep-config.wiring.${protocol}`));
    picture.find('[data-text]').each((_, element) => {
      element.textContent = text(`mep-config.wiring.${element.dataset['text'] ?? ''}`);
    });
  });
}
