/** The telegrams of a P1 port, over TCP or a serial port: for Home Assistant's DSMR, DSMR-reader, evcc, chargers. */
import { REPEAT_LIMITS } from '../../limits.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { Format, FormatDefinition, FormatMessage } from '../format.js';
import type { MeterSnapshot } from '../meter-snapshot.js';
import { numberSetting } from '../../setting-values.js';
import { textSetting } from '../settings.js';
import { localTime } from './local-time.js';
import { dsmr5, type Profile, swedish } from './profiles.js';
import { p1Telegram } from './telegram.js';

const DEFAULTS = FORMAT_SETTINGS['p1-dsmr5'];

function p1(profile: Profile): FormatDefinition['create'] {
  return ({ repeatEvery, timeZone }): Format => {
    const timeOf = localTime(textSetting(timeZone, DEFAULTS.timeZone));
    const seconds = numberSetting('repeatEvery', repeatEvery, REPEAT_LIMITS);
    const messages = (meter: MeterSnapshot): readonly FormatMessage[] => {
      const payload = p1Telegram(meter, profile, timeOf);
      return payload === undefined ? [] : [{ payload }];
    };
    return {
      isForOneMeter: true,
      onReading: messages,
      ...(seconds > 0 && { repeat: { everyMs: seconds * 1000, messages } }),
    };
  };
}

/** DSMR 5.0, as Dutch and Belgian meters send it. */
export const p1Dsmr5: FormatDefinition = { name: 'p1-dsmr5', defaults: DEFAULTS, create: p1(dsmr5) };
/** 5S, as Swedish and Danish meters send it from their H1 port. */
export const p1Swedish: FormatDefinition = { name: 'p1-5s', defaults: DEFAULTS, create: p1(swedish) };
