/** The field for the format. */
import type { FormatName } from '../src/publish/format-settings.js';

/**
 * Fills the field with the names of formats.
 * @param chosen the format of the node
 * @returns the field
 */
export function offerFormats(
  formats: readonly FormatName[],
  chosen: string,
  nameOf: (format: FormatName) => string,
): JQuery {
  const choice = $('#node-input-format');
  for (const format of formats) $('<option>').val(format).text(nameOf(format)).appendTo(choice);
  return choice.val(chosen);
}
