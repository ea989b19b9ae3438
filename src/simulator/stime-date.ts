const FIRST_YEAR = 2000;

/**
 * The bytes of a local time in the meter, from its year to its minute. [MEP p.42]
 * @param time ms since 1970 on a clock that shows the local time as UTC
 */
export function stimeDate(time: number): Uint8Array {
  const at = new Date(time);
  return Uint8Array.of(
    at.getUTCFullYear() - FIRST_YEAR,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
  );
}
