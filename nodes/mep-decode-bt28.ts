import type { Node, NodeAPI, NodeDef } from 'node-red';
import { BT28_LIMITS, DEFAULT_DIMENSIONS, type Dimensions } from '../src/internal.js';
import { decodeTables } from './lib/decoder.js';
import { type ConfigProperties, isTicked, limitedNumber } from './lib/settings.js';

/** Turns the bytes of BT28 into power, voltage, current and so on. */
export default function (RED: NodeAPI): void {
  function MepDecodeBT28(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    decodeTables(
      RED,
      this,
      'BT28',
      { key: 'activePower', unit: 'W', digits: 0, otherwise: 'mep-decode-bt28.status.decoded' },
      properties,
      bareDimensions,
    );
  }
  RED.nodes.registerType('mep-decode-bt28', MepDecodeBT28);
}

function bareDimensions(properties: ConfigProperties): Dimensions {
  return {
    ...DEFAULT_DIMENSIONS,
    BT21: {
      ...DEFAULT_DIMENSIONS['BT21'],
      numberOfPresentDemands: limitedNumber(properties, 'presentDemands', BT28_LIMITS.presentDemands),
      timeRemaining: isTicked(properties, 'timeRemaining'),
    },
  };
}
