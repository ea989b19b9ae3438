import { type Clock, systemClock } from '../../src/internal.js';

/** For what a node does by itself, whatever the time of its meters: writing to the context, repeating retained topics. */
export const backgroundClock: Clock = { ...systemClock };
