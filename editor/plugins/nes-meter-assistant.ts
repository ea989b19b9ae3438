/** The set-up assistant in the editor: its places in menu and palette, and its first appearance. */
import { openAssistant } from '../assistant/assistant.js';
import { editor } from '../assistant/editor.js';
import { say } from '../assistant/texts.js';

const ACTION = 'nes-meter:set-up';
/** Under this name users' settings remember that the assistant has appeared by itself. */
const SEEN = 'nes-meter-assistant-seen';
const CATEGORY = 'NES_meter';
/** What Node-RED shows a new user, over everything else. */
const TOUR = '.red-ui-tourGuide-shade, .red-ui-tourGuide-popover, .ui-dialog:visible';
const TOUR_CHECKED_MS = 1_000;

function hasConnection(): boolean {
  let isThere = false;
  editor().nodes.eachConfig(({ type }) => {
    isThere ||= type === 'mep-config';
    return !isThere;
  });
  return isThere;
}

/** Once for each user and for each browser: a user who may not save settings has the browser's memory. */
function wasSeen(): boolean {
  const { settings } = editor();
  return settings.get(SEEN) === true || settings.getLocal(SEEN) !== null;
}

function noteSeen(): void {
  const { settings } = editor();
  settings.set(SEEN, true);
  settings.setLocal(SEEN, 'true');
}

function appearOnce(): void {
  if (wasSeen() || hasConnection() || !editor().user.hasPermission('flows.write')) return;
  if ($(TOUR).length > 0) {
    setTimeout(appearOnce, TOUR_CHECKED_MS);
    return;
  }
  noteSeen();
  openAssistant();
}

function addToPalette(): void {
  const content = $(`#red-ui-palette-container-${CATEGORY} .red-ui-palette-content`);
  if (content.length === 0 || content.find('.nes-meter-assistant-open').length > 0) return;
  $('<button type="button" class="red-ui-button red-ui-button-small nes-meter-assistant-open">')
    .append($('<i class="fa fa-magic" aria-hidden="true">'), ' ', $('<span>').text(say('open')))
    .on('click', () => {
      editor().actions.invoke(ACTION);
    })
    .prependTo(content);
}

editor().plugins.registerPlugin('nes-meter-assistant', {
  type: 'nes-meter-assistant',
  onadd() {
    const { actions, events, menu } = editor();
    actions.add(ACTION, openAssistant, { label: say('title') });
    let isLoaded = false;
    const start = (): void => {
      addToPalette();
      if (isLoaded) return;
      isLoaded = true;
      menu.addItem('red-ui-header-button-sidemenu', {
        id: 'menu-item-nes-meter',
        label: say('open'),
        onselect: ACTION,
      });
      appearOnce();
    };
    events.on('flows:loaded', start);
    events.on('registry:node-type-added', () => {
      if (isLoaded) addToPalette();
    });
  },
});
