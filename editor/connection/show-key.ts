/** The button beside the field of a key that shows what is typed. */
import { STORED } from '../key-feedback.js';

/**
 * Lets `button` show and hide what `input` holds. A stored key stays hidden: the editor does not have it.
 * @param label of the button, whose state is in `aria-pressed`
 */
export function attachShowKey(input: JQuery, button: JQuery, label: string): void {
  let isShown = false;
  const update = (): void => {
    const isStored = input.val() === STORED;
    if (isStored) isShown = false;
    input.attr('type', isShown ? 'text' : 'password');
    button.prop('disabled', isStored).attr('aria-pressed', String(isShown));
    button.find('i').toggleClass('fa-eye', !isShown).toggleClass('fa-eye-slash', isShown);
  };
  button.attr({ title: label, 'aria-label': label }).on('click', () => {
    isShown = !isShown;
    update();
  });
  input.on('input change', update);
  update();
}
