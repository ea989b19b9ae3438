/** The decoded DIF and DIFEs of a record. [EN 13757-3:2018 6.3.2-6.3.3] */
export interface DataInformation {
  /** Low half of the DIF: how the data are coded. */
  readonly coding: number;
  readonly function: MBusFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  /** Bytes of DIF and DIFEs. */
  readonly length: number;
}

export type MBusFunction = 'instantaneous' | 'maximum' | 'minimum' | 'error';
const FUNCTIONS: readonly MBusFunction[] = ['instantaneous', 'maximum', 'minimum', 'error'];

export const EXTENSION_BIT = 0x80;
/** Longest chain of DIFEs or VIFEs. */
export const MAX_EXTENSIONS = 10;

/** @returns undefined where the chain is cut off, or longer than `MAX_EXTENSIONS` */
export function dataInformationOf(bytes: Uint8Array): DataInformation | undefined {
  const [dif] = bytes;
  if (dif === undefined) return undefined;
  let storage = (dif >> 6) & 0x01;
  let tariff = 0;
  let subunit = 0;
  let length = 1;
  for (let byte = dif; (byte & EXTENSION_BIT) !== 0; length++) {
    const dife = bytes[length];
    if (dife === undefined || length > MAX_EXTENSIONS) return undefined;
    const place = length - 1;
    // Ten DIFEs give a storage number of 41 bits, too many for the bit operators.
    storage += (dife & 0x0f) * 2 ** (1 + 4 * place);
    tariff += ((dife >> 4) & 0x03) * 4 ** place;
    subunit += ((dife >> 6) & 0x01) * 2 ** place;
    byte = dife;
  }
  return {
    coding: dif & 0x0f,
    function: FUNCTIONS[(dif >> 4) & 0x03] ?? 'instantaneous',
    storage,
    tariff,
    subunit,
    length,
  };
}
