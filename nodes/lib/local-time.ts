const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The hour and minute in the time zone of this computer: `14:05`. */
export function hourAndMinute(date: Date): string {
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** The month and day in the time zone of this computer: `12-01`. */
export function monthAndDay(date: Date): string {
  return `${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}
