/** The window of the assistant: its pages, and the buttons below them. */
import { type DialogButton } from './editor.js';
import { message } from './form.js';
import { Unanswered } from './server.js';
import { say } from './texts.js';

/** A page of the assistant. */
export interface Page {
  /** Key of its texts. */
  readonly name: string;
  /** Fills the page, and returns what ends what it has started. */
  show(body: JQuery, frame: Frame): (() => void) | undefined;
}

interface ProceedOptions {
  readonly isDisabled?: boolean;
  /** Whether this button is the only one left: there is no way back. */
  readonly isLast?: boolean;
}

/** What a page can do with the window. */
export interface Frame {
  /** Sets the button that continues. */
  proceed(label: string, press: () => void | Promise<void>, options?: ProceedOptions): void;
  /** A further button beside it. */
  offer(label: string, press: () => void): void;
  /** Shows below the page what happens, in place of what was there. */
  report(content: JQuery | undefined): void;
  go(page: number): void;
  close(): void;
}

interface FrameEvents {
  /** Called with the number of the page that is shown. */
  readonly onPage: (page: number) => void;
  readonly onClose: () => void;
}

const WIDTH = 760;
const HEIGHT = 620;
const MARGIN = 40;

/** Opens the window with its first page, or with the page that was open before. */
export function openFrame(pages: readonly Page[], first: number, { onPage, onClose }: FrameEvents): void {
  const root = $('<div class="nes-meter-dialog nes-meter-assistant red-ui-editor">');
  const steps = $('<ol class="nes-meter-assistant-steps">').attr('aria-label', say('steps')).appendTo(root);
  const body = $('<div class="nes-meter-assistant-page">').appendTo(root);
  const reports = $('<div class="nes-meter-assistant-report" role="status">').appendTo(root);
  let endPage: (() => void) | undefined;
  let present = first;
  let primary: DialogButton | undefined;
  let secondary: DialogButton | undefined;
  let isFinished = false;

  const goBack = (): void => {
    frame.go(present - 1);
  };
  const setButtons = (): void => {
    const back: DialogButton = { id: 'nes-meter-assistant-back', text: say('back'), click: goBack };
    const others = isFinished ? [] : [...(present > 0 ? [back] : []), secondary];
    const buttons = [...others, primary].filter((one) => one !== undefined);
    root.dialog('option', 'buttons', buttons);
  };
  const fail = (error: unknown): void => {
    if (error instanceof Unanswered && error.isStopped) return;
    frame.report(message('bad', error instanceof Error ? error.message : String(error)));
  };
  const frame: Frame = {
    proceed(text, press, { isDisabled = false, isLast = false } = {}) {
      isFinished = isLast;
      const click = (): void => {
        Promise.resolve().then(press).catch(fail);
      };
      primary = { id: 'nes-meter-assistant-next', text, class: 'primary', disabled: isDisabled, click };
      setButtons();
    },
    offer(text, click) {
      secondary = { id: 'nes-meter-assistant-other', text, click };
      setButtons();
    },
    report(content) {
      reports.empty();
      if (!content) return;
      reports.append(content);
      reports[0]?.scrollIntoView({ block: 'nearest' });
    },
    go(page) {
      endPage?.();
      present = Math.max(0, Math.min(page, pages.length - 1));
      onPage(present);
      primary = undefined;
      secondary = undefined;
      isFinished = false;
      frame.report(undefined);
      showSteps(steps, pages, present);
      body.empty();
      const shown = pages[present];
      const heading = $('<h3 tabindex="-1">')
        .text(say(`${shown?.name ?? ''}.heading`))
        .appendTo(body);
      setButtons();
      endPage = shown?.show(body, frame);
      heading.trigger('focus');
      root.scrollTop(0);
    },
    close() {
      root.dialog('close');
    },
  };
  // Enter continues, as a form does; in a list or on a button it does what it always does.
  root.on('keydown', 'input', (event) => {
    if (event.key !== 'Enter' || primary?.disabled === true) return;
    event.preventDefault();
    primary?.click();
  });
  openDialog(root, () => {
    endPage?.();
    root.dialog('destroy').remove();
    onClose();
  });
  frame.go(first);
}

function showSteps(list: JQuery, pages: readonly Page[], present: number): void {
  list.empty();
  pages.forEach(({ name }, index) => {
    const step = $('<li>')
      .text(say(`${name}.step`))
      .appendTo(list);
    step.toggleClass('nes-meter-assistant-done', index < present);
    if (index === present) step.attr('aria-current', 'step');
  });
}

function openDialog(root: JQuery, close: () => void): void {
  root.dialog({
    modal: true,
    width: Math.min(WIDTH, window.innerWidth - MARGIN),
    height: Math.min(HEIGHT, window.innerHeight - MARGIN),
    title: say('title'),
    closeText: say('close'),
    classes: { 'ui-dialog': 'nes-meter-assistant-window' },
    close,
  });
}
