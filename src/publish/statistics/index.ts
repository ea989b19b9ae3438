/** Hourly statistics for Home Assistant, through the `ha-api` node of node-red-contrib-home-assistant-websocket. */
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition } from '../format.js';
import { recallSeries } from './series.js';
import { statisticsSettings } from './settings.js';
import { statisticsWriter } from './writer.js';

export const haStatistics: FormatDefinition = {
  name: 'ha-statistics',
  defaults: FORMAT_SETTINGS['ha-statistics'],
  create: (given) => {
    const settings = statisticsSettings(given);
    return {
      history: (kept) => statisticsWriter(recallSeries(kept), settings),
    };
  },
};
