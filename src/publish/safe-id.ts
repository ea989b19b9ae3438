import { createHash } from 'node:crypto';

const CLEAN = /^[A-Za-z0-9_-]{1,40}$/;
/** Ends as a cleaned id does; such a serial number is hashed as well, or it could be the id of another meter. */
const LOOKS_CLEANED = /-[0-9a-f]{12}$/;
const PADDING = /[\s\0]/;
/** `<baseTopic>/bridge/availability` is the bridge's own topic. */
const RESERVED = new Set(['bridge']);

/**
 * The part of topics and ids that identifies a meter: only letters, digits, `_` and `-`. A serial number of only
 * those stays as it is; of any other the forbidden characters become `-` and a piece of its SHA-256 is appended, so
 * that `12/3` and `12.3` stay two meters. Blanks and NULs around a serial number are padding, not part of it.
 * @returns undefined when there is no serial number
 */
export function safeId(serial: string | null | undefined): string | undefined {
  const trimmed = withoutPadding(serial ?? '');
  if (trimmed === '') return undefined;
  if (CLEAN.test(trimmed) && !LOOKS_CLEANED.test(trimmed) && !RESERVED.has(trimmed.toLowerCase())) return trimmed;
  const readable = trimmed.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 27);
  return `${readable}-${hashOf(trimmed)}`;
}

/**
 * An id of `safeId` for places that know small letters, digits and `-` only. One of these stays as it is; any other gets a
 * piece of its SHA-256, so that `AB12` and `ab12` stay two meters.
 */
export function lowerCaseId(id: string): string {
  const folded = foldedId(id);
  const isDistinct = (folded === id && !folded.endsWith('-')) || LOOKS_CLEANED.test(id);
  return isDistinct ? folded : `${folded}-${hashOf(id)}`;
}

/** An id of `safeId` as version 0.1.0 folded it for Homie. Two meters may have the same one. */
export function foldedId(id: string): string {
  return id.toLowerCase().replaceAll('_', '-');
}

/** Whether 0.1.0 had another id that Homie takes: one may not end with `-`. */
export function wasFolded(id: string): boolean {
  return !id.endsWith('-') && !id.endsWith('_') && foldedId(id) !== lowerCaseId(id);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Step by step: a pattern for the end of a text takes time by the square of the blanks within it. */
function withoutPadding(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && PADDING.test(text.charAt(start))) start++;
  while (end > start && PADDING.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
