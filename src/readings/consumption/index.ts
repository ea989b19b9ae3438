/** Energy by day, month and year, from registers that only count up. */
export { timeZoneSetting } from './calendar.js';
export { type Count, type CountedMeter, countSample } from './count.js';
export { recallCountedMeter } from './memory.js';
export { type ConsumptionReport, consumptionReport } from './report.js';
export { type EnergySample, energySampleOf } from './sample.js';
