import { marksSimulated, UsageError } from '../../src/internal.js';
import { type ConfigProperties, isTicked, textOf } from './settings.js';

/**
 * Whether a node refuses readings of a simulated meter: its format does not mark them, so another program would count them,
 * and `allowSimulated` is not ticked. A flow of an earlier version has no such tick.
 */
export function refusesSimulated(properties: ConfigProperties): boolean {
  return !marksSimulated(textOf(properties, 'format')) && !isTicked(properties, 'allowSimulated');
}

/** The error of a reading that was refused for that reason. */
export function simulatedMeter(): UsageError {
  return new UsageError('simulated-meter', 'msg.meter.simulated: a reading of the simulated meter');
}
