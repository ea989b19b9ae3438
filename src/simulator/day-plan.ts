/** The loads and the solar power of the simulated household in one day, for each minute and phase. */
import { noise, noiseBetween, Random, smoothNoise } from './random.js';

const MINUTES_A_DAY = 1440;
export const MINUTE_MS = 60_000;
export const DAY_MS = MINUTES_A_DAY * MINUTE_MS;
export const PHASES = [0, 1, 2] as const;
export type Phase = (typeof PHASES)[number];

/** Copenhagen: latitude and longitude for the height of the sun. */
const LATITUDE = (55.7 * Math.PI) / 180;
const SOLAR_NOON_MINUTE_UTC = 670;
/** Power of the panels in full sun, sum of the phases. */
const PANEL_WATTS = 6_000;
/** The plan is made in local winter time, the meter's clock runs in UTC. */
export const LOCAL_OFFSET_MS = 3_600_000;

/** Per phase: active (W, solar power already taken off) and reactive power (var) for each local minute. */
export interface DayPlan {
  readonly day: number;
  readonly active: readonly [Float64Array, Float64Array, Float64Array];
  readonly reactive: readonly [Float64Array, Float64Array, Float64Array];
}

/** The local day and the minute in it of a time stamp (ms since 1970, UTC). */
export function localDay(time: number): { day: number; minute: number } {
  const local = time + LOCAL_OFFSET_MS;
  const day = Math.floor(local / DAY_MS);
  return { day, minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) };
}

/** The plan of one local day (counted from 1970-01-01); the same seed and day give the same plan. */
export function planDay(seed: number, day: number): DayPlan {
  const plan: DayPlan = { day, active: threeRows(), reactive: threeRows() };
  addBaseLoad(plan, seed);
  addCooling(plan, seed);
  addPeople(plan, new Random(Math.floor(noise(seed, day) * 0xffffffff)), day);
  addHeatPump(plan, seed);
  addSun(plan, seed);
  return plan;
}

function threeRows(): [Float64Array, Float64Array, Float64Array] {
  return [new Float64Array(MINUTES_A_DAY), new Float64Array(MINUTES_A_DAY), new Float64Array(MINUTES_A_DAY)];
}

function add(plan: DayPlan, phase: Phase, minute: number, watts: number, vars = 0): void {
  const [active, reactive] = [plan.active[phase], plan.reactive[phase]];
  active[minute] = (active[minute] ?? 0) + watts;
  reactive[minute] = (reactive[minute] ?? 0) + vars;
}

/** An appliance that runs from one minute to another. */
function run(plan: DayPlan, phase: Phase, from: number, minutes: number, watts: number, vars = 0): void {
  const first = Math.max(0, Math.round(from));
  const end = Math.min(MINUTES_A_DAY, Math.round(from + minutes));
  for (let minute = first; minute < end; minute++) add(plan, phase, minute, watts, vars);
}

/** Routers, chargers, standby: small, always on, capacitive. */
function addBaseLoad(plan: DayPlan, seed: number): void {
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
    add(plan, 0, minute, noiseBetween(70, 85, seed, plan.day, minute, 1), -45);
    add(plan, 1, minute, noiseBetween(28, 36, seed, plan.day, minute, 2), -20);
    add(plan, 2, minute, noiseBetween(18, 24, seed, plan.day, minute, 3), -15);
  }
}

/** A fridge and a freezer: compressors that cycle all day. */
function addCooling(plan: DayPlan, seed: number): void {
  const offset = Math.floor(60 * noise(seed, 10));
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
    const since = plan.day * MINUTES_A_DAY + minute + offset;
    if (since % 47 < 16) add(plan, 0, minute, 92, 58);
    if (since % 61 < 24) add(plan, 1, minute, 118, 74);
  }
}

/** Light, kettle, kitchen, laundry, and a car that is charged in some nights. */
function addPeople(plan: DayPlan, random: Random, day: number): void {
  // 1970-01-01 was a Thursday.
  const isWeekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6;
  const wakeUp = (isWeekend ? 510 : 375) + random.between(-25, 25);
  run(plan, 1, wakeUp, 75, random.between(90, 160), 12);
  run(plan, 1, random.between(980, 1030), 380, random.between(120, 240), 18);
  run(plan, 2, 1090, 270, random.between(80, 130), -25);
  for (const at of [
    wakeUp + 12,
    wakeUp + random.between(90, 300),
    random.between(840, 960),
    random.between(1170, 1260),
  ]) {
    run(plan, 0, at, 3, 2_050);
  }
  const dinner = random.between(1030, 1100);
  for (let minute = 0; minute < random.between(35, 60); minute += 4)
    run(plan, 2, dinner + minute, minute < 12 ? 4 : 2, 2_300);
  run(plan, 0, dinner + 5, random.between(20, 35), random.between(700, 1_500), 30);
  if (random.chance(0.6)) washing(plan, 1, dinner + random.between(60, 120));
  if (random.chance(isWeekend ? 0.8 : 0.25)) washing(plan, 0, random.between(540, 840));
  if (random.chance(0.35)) {
    const [from, minutes] = [random.between(20, 60), random.between(90, 230)];
    for (const phase of PHASES) run(plan, phase, from, minutes, 3_640, -60);
  }
}

/** A washing machine or dishwasher: first the heater runs, then the motor. */
function washing(plan: DayPlan, phase: Phase, from: number): void {
  run(plan, phase, from, 6, 60, 70);
  run(plan, phase, from + 6, 17, 2_020, 15);
  run(plan, phase, from + 23, 45, 110, 85);
  run(plan, phase, from + 68, 10, 340, 190);
}

/** A three-phase heat pump, which works hardest in winter and at night. */
function addHeatPump(plan: DayPlan, seed: number): void {
  const winter = (1 - Math.cos((2 * Math.PI * (plan.day - 202)) / 365.25)) / 2;
  const watts = 140 + 620 * winter;
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
    const now = plan.day * MINUTES_A_DAY + minute;
    const demand = smoothNoise(seed, now / 35, 20) + 0.25 * Math.cos((2 * Math.PI * minute) / MINUTES_A_DAY) * winter;
    if (demand < 0.75 - 0.5 * winter) continue;
    for (const phase of PHASES) add(plan, phase, minute, watts * (0.7 + 0.5 * demand), 0.21 * watts);
  }
}

/** Solar panels on all three phases, under clouds that drift. */
function addSun(plan: DayPlan, seed: number): void {
  const declination = -0.409 * Math.cos((2 * Math.PI * (plan.day + 10)) / 365.25);
  const cloudiness = noise(seed, plan.day, 30);
  for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
    const hourAngle = (2 * Math.PI * (minute - LOCAL_OFFSET_MS / MINUTE_MS - SOLAR_NOON_MINUTE_UTC)) / MINUTES_A_DAY;
    const height =
      Math.sin(LATITUDE) * Math.sin(declination) + Math.cos(LATITUDE) * Math.cos(declination) * Math.cos(hourAngle);
    if (height <= 0) continue;
    const cloud = smoothNoise(seed, (plan.day * MINUTES_A_DAY + minute) / 11, 31);
    const watts = PANEL_WATTS * height ** 1.15 * (1 - cloudiness * cloud * 0.95);
    for (const phase of PHASES) add(plan, phase, minute, -watts / PHASES.length, -0.02 * watts);
  }
}
