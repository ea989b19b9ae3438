const DAY_MS = 86_400_000;

/**
 * The moments at which clocks of a zone show a time: none in the hour that is skipped in spring, two in the hour that
 * is repeated in autumn.
 * @param zone `Europe/Copenhagen`
 * @returns a function of a local time, `2025-10-26T02:30` or with seconds, to moments in ms since 1970, ascending
 * @throws RangeError for a zone that does not exist
 */
export function momentsIn(zone: string): (local: string) => readonly number[] {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (moment: number): number => {
    const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes)) * 60_000;
  };
  return (local) => {
    const shown = Date.parse(`${local}Z`);
    if (Number.isNaN(shown)) return [];
    // The offsets before and after any change near the time.
    const offsets = new Set([offsetAt(shown - DAY_MS), offsetAt(shown + DAY_MS)]);
    const moments = [...offsets].map((offset) => shown - offset);
    return moments.filter((moment) => moment + offsetAt(moment) === shown).sort((one, other) => one - other);
  };
}
