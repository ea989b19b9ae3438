/**
 * What the ESP32 module of dabbler.dk publishes and answers, so that what was made for it goes on unchanged: Home Assistant's
 * YAML, the integration dabblerdk_powermeterreader, and others.
 */
import { VERSION } from '../../version.js';
import { emptyAnswer, errorAnswer, jsonAnswer, refusedMethod } from '../http-answers.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatAnswer, FormatDefinition, FormatMessage } from '../format.js';
import type { MeterSnapshot } from '../meter-snapshot.js';
import { topicSetting } from '../settings.js';
import { fieldOf, isFieldOf } from './fields.js';

const PHASES = ['L1', 'L2', 'L3'] as const;
const ofPhases = (suffix: string): string[] => PHASES.map((phase) => `${phase}_${suffix}`);
const powers = (direction: 'Fwd' | 'Rev'): string[] => [
  `${direction}_W`,
  `${direction}_Avg_W`,
  ...ofPhases(`${direction}_W`),
  ...ofPhases(`${direction}_Avg_W`),
];

/** The five topics, in the order in which the module sends them, and their fields in order. */
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  sensors: [
    ...ofPhases('RMS_A'),
    ...ofPhases('RMS_V'),
    ...ofPhases('PF_Fac'),
    'ExportReactive_VAr',
    'ImportReactive_VAr',
  ],
  meterConsumptionTotal: ['Fwd_Act_Wh', 'Rev_Act_Wh'],
  meterConsumptionFwd: powers('Fwd'),
  meterConsumptionRev: powers('Rev'),
  frequency: ['Freq_mHz'],
};

const fieldsOf = (meter: MeterSnapshot, names: readonly string[]): Record<string, number | null> =>
  Object.fromEntries(names.map((name) => [name, fieldOf(meter, name)]));

const plain = (topic: string, payload: string, retain: boolean): FormatMessage => ({ topic, payload, qos: 0, retain });

/** Five topics and `lwt`. A topic of which nothing was read is left out: zeros would be taken for a reading. */
export const dabbler: FormatDefinition = {
  name: 'dabbler',
  defaults: FORMAT_SETTINGS.dabbler,
  create: (given) => {
    const base = topicSetting('baseTopic', given['baseTopic'], 'dabbler');
    return {
      isForOneMeter: true,
      onReading: (meter, { reading }) => [
        // Each time: the broker's last will may have said Offline in between.
        plain(`${base}/lwt`, 'Online', true),
        ...Object.entries(TOPICS)
          .filter(([, names]) => names.some((name) => isFieldOf(name, reading.values)))
          .map(([topic, names]) => plain(`${base}/${topic}/mydatajson`, JSON.stringify(fieldsOf(meter, names)), false)),
      ],
      onSilence: () => [plain(`${base}/lwt`, 'Offline', true)],
      onReturn: () => [plain(`${base}/lwt`, 'Online', true)],
      announceAll: ({ online }) => [plain(`${base}/lwt`, online ? 'Online' : 'Offline', true)],
    };
  },
};

/** What follows the description of the meter in the answer, in order. */
const DASH_FIELDS: readonly string[] = [
  'Fwd_Act_Wh',
  'Rev_Act_Wh',
  'Fwd_W',
  'Rev_W',
  'Freq_mHz',
  ...ofPhases('RMS_A'),
  ...ofPhases('RMS_V'),
  ...ofPhases('Fwd_W'),
  ...ofPhases('Rev_W'),
  'Fwd_Avg_W',
  'Rev_Avg_W',
  ...ofPhases('Fwd_Avg_W'),
  ...ofPhases('Rev_Avg_W'),
];
/** What readers calculate with: without one of these the answer would make them fail, or freeze. */
const NEEDED = DASH_FIELDS.filter((name) => !/Avg|Freq/.test(name));
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** `2023-07-26 (Wednesday) @ 17:38:26`, in GMT as the module has it. */
function timeText(now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T');
  return `${day} (${WEEKDAYS[now.getUTCDay()] ?? ''}) @ ${time.slice(0, 8)}`;
}

/**
 * The answer to `/getDashDataWS`. The integration dabblerdk_powermeterreader parses it as JSON whatever the status code is, and
 * logs anything else several times for each of its entities.
 */
function dashData(meter: MeterSnapshot, now: Date): FormatAnswer {
  const fields = fieldsOf(meter, DASH_FIELDS);
  if (!meter.online) return emptyAnswer(503, 'The meter was not read for a while');
  const missing = NEEDED.filter((name) => fields[name] === null);
  if (missing.length > 0) return emptyAnswer(503, `Not read, or not measured by this meter: ${missing.join(', ')}`);
  const { manufacturer, model, firmware, serial } = meter.device;
  return jsonAnswer({
    ESP_SW: 'node-red-nes-meter',
    ESP_SW_By: 'nes-meter',
    ESP_SW_Version: VERSION,
    Meter_Manufacturer: manufacturer ?? '',
    Meter_Model: model ?? '',
    Meter_SW_Version: firmware ?? '',
    Utility_SN: serial,
    CurrentDateTimeString: timeText(now),
    CurrentDateTime: now.toISOString(),
    ...fields,
  });
}

/** `/getDashDataWS`. */
export const dabblerHttp: FormatDefinition = {
  name: 'dabbler-http',
  defaults: FORMAT_SETTINGS['dabbler-http'],
  create: () => ({
    isForOneMeter: true,
    answer: (meter, request, now) => {
      const refused = refusedMethod(request);
      if (refused !== undefined) return refused;
      if (!/\/getDashDataWS\/?$/.test(request.path))
        return errorAnswer(404, 'There is nothing here but /getDashDataWS');
      return meter ? dashData(meter, now) : emptyAnswer(503, 'The meter has not been read yet');
    },
    announcement: () => ({ type: 'http', name: 'esp32-mep', host: 'esp32-mep', txt: {} }),
  }),
};
