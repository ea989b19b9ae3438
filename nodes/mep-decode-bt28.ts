import type { Node, NodeAPI, NodeDef } from 'node-red';
import { DEFAULT_DIMENSIONS, type Dimensions } from '../src/internal.js';
import { decodeTables } from './lib/decoder.js';
import { type ConfigProperties, isTicked, wholeNumber } from './lib/settings.js';

/** BT21 has one byte for the number of demands. */
const MOST_DEMANDS = 255;

/** Turns the bytes of BT28 into power, voltage, current and so on. */
export default function (RED: NodeAPI): void {
  function MepDecodeBT28(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    decodeTables(RED, this, 'BT28', { key: 'activePower', unit: 'W', digits: 0 }, properties, bareDimensions);
  }
  RED.nodes.registerType('mep-decode-bt28', MepDecodeBT28);
}

function bareDimensions(properties: ConfigProperties): Dimensions {
  return {
    ...DEFAULT_DIMENSIONS,
    BT21: {
      ...DEFAULT_DIMENSIONS['BT21'],
      numberOfPresentDemands: wholeNumber(properties, 'presentDemands', { least: 0, most: MOST_DEMANDS, otherwise: 0 }),
      timeRemaining: isTicked(properties, 'timeRemaining'),
    },
  };
}
