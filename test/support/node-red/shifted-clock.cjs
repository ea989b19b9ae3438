// Preloaded into a Node-RED: its wall clock begins at WALL_CLOCK_STARTS_AT, in milliseconds since 1970.
const RealDate = Date;
const ahead = Number(process.env.WALL_CLOCK_STARTS_AT) - RealDate.now();
const now = () => RealDate.now() + ahead;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
