import { toHex } from '../bytes/hex.js';
import { bcdDigits, type DataField, realOf, signedOf, textOf, unsignedOf } from './data-field.js';
import { dateOf } from './dates.js';
import { manufacturerOf } from './manufacturer.js';
import type { Meaning } from './meaning.js';

/** The value of a record's data by its meaning; null where the device has none, or where it is no number. */
export function valueOf(field: DataField, meaning: Meaning): number | string | null {
  if (field.bytes.length === 0 || meaning.coding === 'secret') return null;
  if (field.kind === 'text') return textOf(field.bytes);
  if (meaning.coding === 'date') return field.kind === 'integer' ? dateOf(field.bytes) : null;
  if (meaning.coding === 'manufacturer') return manufacturerText(field);
  const number = numberText(field, meaning.coding === 'number');
  if (number === undefined) return null;
  return meaning.coding === 'identifier' ? number : scaledNumber(number, meaning.exponent);
}

/** The data as the text of a decimal number, possibly with an exponent. */
function numberText(field: DataField, isSigned: boolean): string | undefined {
  switch (field.kind) {
    case 'real':
      return realOf(field.bytes)?.toString();
    case 'bcd':
      return bcdDigits(field.bytes, field.isNegative);
    default:
      return (isSigned ? signedOf(field.bytes) : unsignedOf(field.bytes))?.toString();
  }
}

/** Scales by adding the exponent to the text, as a multiplication by 0.001 would add digits. */
function scaledNumber(text: string, exponent: number): number | null {
  const [digits, own = '0'] = text.split('e');
  const isExact = Math.abs(Number(digits)) <= Number.MAX_SAFE_INTEGER;
  // Adding 0 removes the sign of a negative BCD zero.
  return isExact ? Number(`${digits ?? ''}e${Number(own) + exponent}`) + 0 : null;
}

function manufacturerText(field: DataField): string {
  const { bytes } = field;
  return bytes.length === 2 ? manufacturerOf(Number(unsignedOf(bytes))) : toHex(bytes, '');
}
