import type { PeriodName } from './calendar.js';
import type { CountedMeter } from './count.js';
import { type Total, used } from './span.js';

/** Keys of the present period and of the one before it in a message. */
const NAMES: Readonly<Record<PeriodName, readonly [present: string, before: string]>> = {
  day: ['Today', 'Yesterday'],
  month: ['ThisMonth', 'LastMonth'],
  year: ['ThisYear', 'LastYear'],
};

/** The payload of mep-consumption: kWh, null = not counted; keys that end in `Since` are ISO 8601 times. */
export type ConsumptionReport = Readonly<Record<string, number | string | null>>;

/** The imported and exported energy of each period: flat, JSON-safe, with every key always present. */
export function consumptionReport(meter: CountedMeter): ConsumptionReport {
  const report: Record<string, number | string | null> = {};
  const add = (name: string, total: Total | null): void => {
    report[`activeEnergyImport${name}`] = total?.import ?? null;
    report[`activeEnergyExport${name}`] = total?.export ?? null;
  };
  for (const [period, [present, before]] of Object.entries(NAMES) as [PeriodName, readonly [string, string]][]) {
    const { from } = meter.spans[period];
    add(present, used(from, meter.last));
    add(before, meter.totals[period]);
    report[`${present.charAt(0).toLowerCase()}${present.slice(1)}Since`] = new Date(from.at).toISOString();
  }
  return report;
}
