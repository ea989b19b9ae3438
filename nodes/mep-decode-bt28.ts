import type { NodeAPI } from 'node-red';
import { BT28_LIMITS, DEFAULT_DIMENSIONS, type Dimensions } from '../src/internal.js';
import { decodeTables } from './lib/decoder.js';
import { defineNode } from './lib/index.js';
import { type ConfigProperties, isTicked, limitedNumber } from './lib/settings.js';

/** Turns the bytes of BT28 into power, voltage, current and so on. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-decode-bt28', (context) => {
    decodeTables(context, 'BT28', bareDimensions);
  });
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
