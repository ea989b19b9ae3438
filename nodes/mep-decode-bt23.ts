import type { NodeAPI } from 'node-red';
import { BT23_LIMITS, DEFAULT_DIMENSIONS, type Dimensions, PRINTED_SUMMATION_SOURCES } from '../src/internal.js';
import { decodeTables } from './lib/decoder.js';
import { defineNode } from './lib/index.js';
import { badSetting, type ConfigProperties, isTicked, limitedNumber, numberOf } from './lib/settings.js';

const ENERGY_UNITS_WH = [1, 10, 100];

/** Turns the bytes of BT23 into energies. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-decode-bt23', (context) => {
    decodeTables(context, 'BT23', bareDimensions);
  });
}

function bareDimensions(properties: ConfigProperties): Dimensions {
  const summations = limitedNumber(properties, 'summations', BT23_LIMITS.summations);
  const tiers = limitedNumber(properties, 'tiers', BT23_LIMITS.tiers);
  const energyRegisterUnit = numberOf(properties, 'energyUnit') ?? 1;
  if (!ENERGY_UNITS_WH.includes(energyRegisterUnit)) throw badSetting('energyUnit');
  return {
    ...DEFAULT_DIMENSIONS,
    BT21: {
      ...DEFAULT_DIMENSIONS['BT21'],
      numberOfSummations: summations,
      numberOfTiers: tiers,
      demandResetCounter: isTicked(properties, 'demandResetCounter'),
    },
    BT22: { ...DEFAULT_DIMENSIONS['BT22'], summationSources: PRINTED_SUMMATION_SOURCES.slice(0, summations) },
    ET55: { energyRegisterUnit },
  };
}
