import { EXTENSION_BIT, MAX_EXTENSIONS } from './data-information.js';
import { textOf } from './data-field.js';
import { FB_VIFE, FD_VIFE } from './extension-vif.js';
import type { Meaning } from './meaning.js';
import { extendedModifierOf, type Modifier, modifierOf } from './modifiers.js';
import { PRIMARY_VIF } from './primary-vif.js';

/** The decoded VIF and VIFEs of a record. [EN 13757-3:2018 6.4] */
export interface ValueInformation {
  /** undefined where any byte of the chain is unknown, as it may change the meaning of the value. */
  readonly meaning: Meaning | undefined;
  /** Qualifiers of the quantity from the VIFEs, such as `phaseL1`. */
  readonly modifiers: readonly string[];
  readonly hasNoValue: boolean;
  /** Bytes of VIF, text and VIFEs. */
  readonly length: number;
}

const PLAIN_TEXT = 0x7c;
const MANUFACTURER = 0x7f;
const FB = 0xfb;
const FD = 0xfd;
const EXTENSION_OF_MODIFIERS = 0xfc;

/** @returns undefined where the chain is cut off, or longer than `MAX_EXTENSIONS` */
export function valueInformationOf(bytes: Uint8Array): ValueInformation | undefined {
  const [vif] = bytes;
  if (vif === undefined) return undefined;
  const text = (vif & ~EXTENSION_BIT) === PLAIN_TEXT ? plainText(bytes) : '';
  if (text === undefined) return undefined;
  const start = (vif & ~EXTENSION_BIT) === PLAIN_TEXT ? 2 + (bytes[1] ?? 0) : 1;
  const vifes = extensionsOf(vif, bytes.subarray(start));
  if (vifes === undefined) return undefined;
  const length = start + vifes.length;
  const unknown = { meaning: undefined, modifiers: [], hasNoValue: false, length };
  const isExtended = vif === FB || vif === FD;
  const base = isExtended ? extendedMeaning(vif, vifes[0]) : baseMeaning(vif, text);
  const modifiers = modifiersOf(isExtended ? vifes.subarray(1) : vifes);
  if (base === undefined || modifiers === undefined) return unknown;
  return {
    meaning: modifiers.reduce((meaning, { change }) => change?.(meaning) ?? meaning, base),
    modifiers: modifiers.flatMap(({ name }) => name ?? []),
    hasNoValue: modifiers.some(({ hasNoValue }) => hasNoValue === true),
    length,
  };
}

/** A unit as text, preceded by its length, for units without a code in the standard. */
function plainText(bytes: Uint8Array): string | undefined {
  const length = bytes[1];
  return length === undefined || bytes.length < 2 + length ? undefined : textOf(bytes.subarray(2, 2 + length));
}

function extensionsOf(vif: number, bytes: Uint8Array): Uint8Array | undefined {
  let count = 0;
  for (let byte = vif; (byte & EXTENSION_BIT) !== 0; count++) {
    const next = bytes[count];
    if (next === undefined || count >= MAX_EXTENSIONS) return undefined;
    byte = next;
  }
  return bytes.subarray(0, count);
}

function baseMeaning(vif: number, text: string): Meaning | undefined {
  const code = vif & ~EXTENSION_BIT;
  if (code === PLAIN_TEXT) return { quantity: 'custom', unit: text, exponent: 0, coding: 'number' };
  return code === MANUFACTURER ? undefined : PRIMARY_VIF.get(code);
}

function extendedMeaning(vif: number, vife = MANUFACTURER): Meaning | undefined {
  return (vif === FB ? FB_VIFE : FD_VIFE).get(vife & ~EXTENSION_BIT);
}

function modifiersOf(vifes: Uint8Array): Modifier[] | undefined {
  const modifiers: Modifier[] = [];
  for (let at = 0; at < vifes.length; at++) {
    const vife = vifes[at] ?? 0;
    const isExtension = vife === EXTENSION_OF_MODIFIERS;
    if (isExtension) at++;
    const modifier = isExtension
      ? extendedModifierOf((vifes[at] ?? 0) & ~EXTENSION_BIT)
      : modifierOf(vife & ~EXTENSION_BIT);
    if (modifier === undefined) return undefined;
    modifiers.push(modifier);
  }
  return modifiers;
}
