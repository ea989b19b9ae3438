/** Codes and limits that the tables of MEP and M-Bus devices share. */

const RATES = '300 600 1200 2400 4800 9600 14400 19200 28800 38400 57600 115200'.split(' ').map((rate) => `${rate} Bd`);

/** Current baud rate of a device. [MEP p.85-86] */
export const BAUD_RATES: Readonly<Record<number, string>> = Object.fromEntries(['9600 Bd', ...RATES].entries());

/** Desired baud rate; 0 selects the default of the kind of device. [MEP p.81-82] */
export const DESIRED_BAUD_RATES: Readonly<Record<number, string>> = {
  ...BAUD_RATES,
  0: '9600 Bd (MEP default)',
  4: '2400 Bd (M-Bus default)',
};

/** Elements before this one are M-Bus devices, the others MEP clients. [MEP p.80, p.95] */
export const FIRST_MEP_DEVICE = 4;
