import type { NodeAPI } from 'node-red';
import { EVENT_TEXTS } from '../../src/internal.js';
import { sharedText } from './texts.js';

/** Name of an event of BT74 or ET79 in the language of the runtime; null for a number without one. */
export function eventText(RED: NodeAPI, event: number): string | null {
  return Object.hasOwn(EVENT_TEXTS, event) ? sharedText(RED, `events.${event}`) : null;
}
