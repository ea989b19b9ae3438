/** The limits of numbers in settings, shared by the nodes, their dialogs and the texts that name them. */

/** The permitted range of a number in the settings. */
export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** The default, used for an empty field. */
  readonly fallback: number;
}

const HOUR_S = 3_600;
const HOUR_MS = 3_600_000;
/** The limits stay far below 24 days, beyond which a timer of Node.js fires at once. */
const DAY_S = 24 * HOUR_S;
const WEEK_S = 7 * DAY_S;

// These annotations let esbuild drop the limits that a dialog does not use from its bundle.
/* @__NO_SIDE_EFFECTS__ */
function whole(min: number, max: number, fallback: number): NumberLimits {
  return { min, max, isWhole: true, fallback };
}
/* @__NO_SIDE_EFFECTS__ */
function decimal(min: number, max: number, fallback: number): NumberLimits {
  return { min, max, isWhole: false, fallback };
}

/** Seconds between two readings or reports; 0 = only on an input message. */
export const INTERVAL_LIMITS = decimal(0, DAY_S, 0);
/** Seconds between two looks at the history of a meter; 0 = only on an input message. */
export const HISTORY_INTERVAL_LIMITS = decimal(0, DAY_S, 900);
/** Days of history that are read at first: meters keep a year at most. */
export const DAYS_LIMITS = whole(1, 3_660, 30);
/** Seconds without a reading after which a meter counts as silent; 0 = never. */
export const EXPIRY_LIMITS = whole(0, WEEK_S, 180);
/** Meters whose state a node keeps: a house has one or two, a housing association more. */
export const METER_LIMITS = whole(1, 10_000, 64);
/**
 * Readings buffered while the broker is disconnected, 0 = none. The maximum is 10 MB: more than a day at one in ten
 * seconds.
 */
export const KEPT_READINGS_LIMITS = whole(0, 10_000, 0);
/** Seconds without a reading after which `mep-status` reports a meter as stale. */
export const STALE_LIMITS = decimal(0, DAY_S, 180);
/** Port of a TCP server. */
export const TCP_PORT_LIMITS = whole(1, 65_535, 2_000);
/** Port of `mep-http-server`. */
export const HTTP_PORT_LIMITS = whole(1, 65_535, 8_880);
/** Offset of a byte in a table, three bytes in a request. [MEP p.11] */
export const OFFSET_LIMITS = whole(0, 0xffffff, 0);
/** Number of bytes of a byte range, two bytes in a request. [MEP p.11] */
export const COUNT_LIMITS = whole(1, 0xffff, 8);

/** Limits of a connection, by the name of the setting in `mep-config`. */
export const CONNECTION_LIMITS = {
  /** The default is that of a MEP port, and the rate at which an optical session begins. [MEP p.19; OPT p.13] */
  baudRate: whole(300, 115_200, 9_600),
  tcpPort: TCP_PORT_LIMITS,
  /** Milliseconds from one table read to the next. */
  minInterval: whole(0, HOUR_MS, 1_000),
  /** Packets of one response at the optical port. */
  packetCount: whole(1, 255, 2),
  /** User id in the meter's event log; higher ids mean: none, the power line, the MEP port. [OPT p.52] */
  userId: whole(0, 65_532, 1),
} as const;

/** Limits of the dimensions for a BT23 without its own. */
export const BT23_LIMITS = {
  /** The default is the number of source ids that the guide lists as the default. */
  summations: whole(1, 19, 11),
  tiers: whole(0, 8, 4),
} as const;

/** Limits of the dimensions for a BT28 without its own; BT21 has one byte for the number of demands. */
export const BT28_LIMITS = { presentDemands: whole(0, 255, 0) } as const;

/** Limits of `mep-alarm`; 0 disables an alarm. A supply of 230 V may have 207 to 253 V (EN 50160). */
export const ALARM_LIMITS = {
  powerLimit: decimal(0, 10_000_000, 0),
  fuse: decimal(0, 10_000, 0),
  voltageMin: decimal(0, 1_000, 207),
  voltageMax: decimal(0, 1_000, 253),
  silentAfter: decimal(0, WEEK_S, 300),
  holdSeconds: decimal(0, DAY_S, 30),
  hysteresis: decimal(0, 90, 10),
} as const;

/**
 * Limits of `mep-plausibility`. 63 A is the largest main fuse of ordinary houses: a smaller default would reject a
 * house that charges a car, and would detect no more errors, as implausible values are usually off by thousands of kWh.
 * A fuse carries 1.25 times its rated current for hours, and grids deliver up to 253 V. Some readers count from zero
 * for many minutes until they have read the register of their meter, so the default of `confirmSeconds` is more than an
 * hour.
 */
export const PLAUSIBILITY_LIMITS = {
  fuse: decimal(1, 10_000, 63),
  phases: whole(1, 3, 3),
  margin: decimal(1, 10, 1.5),
  confirmations: whole(1, 100, 3),
  confirmSeconds: whole(0, DAY_S, 3_660),
} as const;

/**
 * Seconds after which a P1 telegram is repeated; 0 = never. evcc times out after 15 s; DSMR 4 meters send every 10 s.
 */
export const REPEAT_LIMITS = whole(0, HOUR_S, 10);
/** The number of a device in Domoticz; 0 means none. */
export const IDX_LIMITS = whole(1, 0x7fffffff, 0);

/** Whether `limits` permit `number`. */
export function isWithin(number: number, { min, max, isWhole }: NumberLimits): boolean {
  return number >= min && number <= max && (!isWhole || Number.isInteger(number));
}

/** The permitted range as English text for developers: `a whole number from 1 to 10000`. */
export function describeLimits({ min, max, isWhole }: NumberLimits): string {
  return `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`;
}
