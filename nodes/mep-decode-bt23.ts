import type { Node, NodeAPI, NodeDef } from 'node-red';
import { DEFAULT_DIMENSIONS, type Dimensions, PRINTED_SUMMATION_SOURCES } from '../src/internal.js';
import { decodeTables } from './lib/decoder.js';
import { badSetting, type ConfigProperties, isTicked, wholeNumber } from './lib/settings.js';

const ENERGY_UNITS_WH = [1, 10, 100];
const MOST_SUMMATIONS = PRINTED_SUMMATION_SOURCES.length;
const MOST_TIERS = 8;

/** Turns the bytes of BT23 into energies. */
export default function (RED: NodeAPI): void {
  function MepDecodeBT23(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    decodeTables(RED, this, 'BT23', { key: 'activeEnergyImport', unit: 'kWh', digits: 1 }, properties, bareDimensions);
  }
  RED.nodes.registerType('mep-decode-bt23', MepDecodeBT23);
}

function bareDimensions(properties: ConfigProperties): Dimensions {
  const summations = wholeNumber(properties, 'summations', { least: 1, most: MOST_SUMMATIONS, otherwise: 11 });
  const tiers = wholeNumber(properties, 'tiers', { least: 0, most: MOST_TIERS, otherwise: 4 });
  const energyRegisterUnit = wholeNumber(properties, 'energyUnit', { least: 1, most: 100, otherwise: 1 });
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
