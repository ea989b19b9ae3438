/** The numbers that a user may enter, once for the nodes, their dialogs and the texts that name them. */

/** What a number that a user enters may be. */
export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** The value of an empty field. */
  readonly fallback: number;
}

const HOUR_S = 3_600;
const HOUR_MS = 3_600_000;
/** Beyond 24 days a timer of Node.js would fire at once. */
const DAY_S = 24 * HOUR_S;
const WEEK_S = 7 * DAY_S;

// The notes let a bundle for the editor leave out the limits that a dialog does not use.
/* @__NO_SIDE_EFFECTS__ */
function whole(min: number, max: number, fallback: number): NumberLimits {
  return { min, max, isWhole: true, fallback };
}
/* @__NO_SIDE_EFFECTS__ */
function decimal(min: number, max: number, fallback: number): NumberLimits {
  return { min, max, isWhole: false, fallback };
}

/** Seconds between two readings or reports; 0 = only for a message. */
export const INTERVAL_LIMITS = decimal(0, DAY_S, 0);
/** Seconds without a reading after which a meter counts as silent; 0 = never. */
export const EXPIRY_LIMITS = whole(0, WEEK_S, 180);
/** Meters that a node keeps something for: a house has one or two, a housing association sets more. */
export const METER_LIMITS = whole(1, 10_000, 64);
/** Readings that are kept while the broker is away, 0 = none. The most are about 10 MB: at one in ten seconds over a day. */
export const KEPT_READINGS_LIMITS = whole(0, 10_000, 0);
/** Seconds without a reading after which `mep-status` reports a meter as stale. */
export const STALE_LIMITS = decimal(0, DAY_S, 180);
/** Port of a TCP server. */
export const TCP_PORT_LIMITS = whole(1, 65_535, 2_000);
/** Port of `mep-http-server`. */
export const HTTP_PORT_LIMITS = whole(1, 65_535, 8_880);
/** Offset of a byte in a table: it takes three bytes. [MEP p.11] */
export const OFFSET_LIMITS = whole(0, 0xffffff, 0);
/** Bytes of a part of a table: their number takes two bytes. [MEP p.11] */
export const COUNT_LIMITS = whole(1, 0xffff, 8);

/** Of a connection, by the name of the setting in `mep-config`. */
export const CONNECTION_LIMITS = {
  /** The default of a MEP port; an optical port always begins with it. [MEP p.19; OPT p.13] */
  baudRate: whole(300, 115_200, 9_600),
  tcpPort: TCP_PORT_LIMITS,
  /** Milliseconds from one table read to the next. */
  minInterval: whole(0, HOUR_MS, 1_000),
  /** Packets of one answer at the optical port. */
  packetCount: whole(1, 255, 2),
  /** User id for the meter's event log, where higher ones mean: none, the power line, the MEP port. [OPT p.52] */
  userId: whole(0, 65_532, 1),
} as const;

/** Of BT23 that comes without its dimensions. */
export const BT23_LIMITS = {
  /** As many as the guide lists source ids for by default. */
  summations: whole(1, 19, 11),
  tiers: whole(0, 8, 4),
} as const;

/** Of BT28 that comes without its dimensions; BT21 has one byte for the number of demands. */
export const BT28_LIMITS = { presentDemands: whole(0, 255, 0) } as const;

/** Of `mep-alarm`; 0 = is not watched. A supply of 230 V is in order from 207 to 253 V (EN 50160). */
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
 * Of `mep-plausibility`. 63 A is the largest main fuse of ordinary houses: a smaller default would hold back a house that
 * charges a car, and the difference is worth nothing, as an impossible value is usually thousands of kWh off. A fuse carries
 * 1.25 times its current for hours, and grids deliver up to 253 V. Readers that count from zero until they know the register
 * of their meter do so for many minutes: the default is an hour and more.
 */
export const PLAUSIBILITY_LIMITS = {
  fuse: decimal(1, 10_000, 63),
  phases: whole(1, 3, 3),
  margin: decimal(1, 10, 1.5),
  confirmations: whole(1, 100, 3),
  confirmSeconds: whole(0, DAY_S, 3_660),
} as const;

/** Seconds after which a P1 telegram is repeated; 0 = it is not. evcc gives up after 15 s, a meter of 5S sends every 10. */
export const REPEAT_LIMITS = whole(0, HOUR_S, 10);
/** The number of a device in Domoticz; 0 means none. */
export const IDX_LIMITS = whole(1, 0x7fffffff, 0);

/** Whether `number` is one that `limits` allow. */
export function isWithin(number: number, { min, max, isWhole }: NumberLimits): boolean {
  return number >= min && number <= max && (!isWhole || Number.isInteger(number));
}

/** What `limits` allow, for developers: `a whole number from 1 to 10000`. */
export function describeLimits({ min, max, isWhole }: NumberLimits): string {
  return `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`;
}
