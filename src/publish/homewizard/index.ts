/** The local API v1 of a HomeWizard P1 meter, which Homey, Home Assistant, evcc and others read by themselves. */
import { createHash } from 'node:crypto';

import { toHex } from '../../bytes/hex.js';
import { errorAnswer, jsonAnswer, refusedMethod, textAnswer } from '../http-answers.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { Announcement, Format, FormatAnswer, FormatDefinition, FormatRequest } from '../format.js';
import { primaryValueOf, type MeterSnapshot } from '../meter-snapshot.js';
import { directedCurrent, netPower, type Phase, PHASES } from '../net-power.js';
import { localTime } from '../p1/local-time.js';
import { dsmr5 } from '../p1/profiles.js';
import { p1Telegram } from '../p1/telegram.js';

const PRODUCT = { product_type: 'HWE-P1', product_name: 'P1 meter' } as const;
/** Readers choose by it what they ask; from 6 on they expect the encrypted API v2. */
const FIRMWARE = '4.19';

/** The time zone in which every reader of telegrams takes their time. */
const timeOf = localTime(FORMAT_SETTINGS['p1-dsmr5'].timeZone);

/** Twelve hex digits in place of a MAC address: locally administered, so no manufacturer's, and always the same. */
function serialOf(meter: MeterSnapshot): string {
  return `02${createHash('sha256').update(meter.device.serial).digest('hex').slice(0, 10)}`;
}

const identity = (meter: MeterSnapshot): object => ({
  ...PRODUCT,
  serial: serialOf(meter),
  firmware_version: FIRMWARE,
  api_version: 'v1',
});

/** Everything in the first tariff: some readers add tariffs up, others take the total. */
function energy(name: string, value: number | null): Record<string, number | null> {
  return {
    [`total_power_${name}_kwh`]: value,
    [`total_power_${name}_t1_kwh`]: value,
    [`total_power_${name}_t2_kwh`]: value === null ? null : 0,
  };
}

function measurements(meter: MeterSnapshot): Record<string, number | null> {
  const ofPhases = (
    name: (phase: string) => string,
    value: (phase: Phase) => number | null,
  ): [string, number | null][] => PHASES.map((phase) => [name(phase.toLowerCase()), value(phase)]);
  return {
    ...energy('import', primaryValueOf(meter, 'activeEnergyImport')),
    ...energy('export', primaryValueOf(meter, 'activeEnergyExport')),
    active_power_w: netPower(meter),
    ...Object.fromEntries([
      ...ofPhases(
        (phase) => `active_power_${phase}_w`,
        (phase) => netPower(meter, phase),
      ),
      ...ofPhases(
        (phase) => `active_voltage_${phase}_v`,
        (phase) => primaryValueOf(meter, `voltage${phase}`),
      ),
      ...ofPhases(
        (phase) => `active_current_${phase}_a`,
        (phase) => directedCurrent(meter, phase),
      ),
    ]),
    active_frequency_hz: primaryValueOf(meter, 'frequency'),
  };
}

/**
 * All or nothing: Home Assistant makes entities only of what the first answer has, and a power that is missing is taken for
 * zero by others.
 */
function data(meter: MeterSnapshot): FormatAnswer {
  const values = measurements(meter);
  if (!meter.online || values['active_power_w'] === null || values['total_power_import_kwh'] === null) {
    return notRead();
  }
  const { manufacturer, model, serial, isSimulated } = meter.device;
  return jsonAnswer({
    wifi_ssid: 'nes',
    wifi_strength: 100,
    smr_version: 50,
    meter_model: `${[manufacturer, model].filter((part) => part !== null).join(' ') || 'NES'}${isSimulated ? ' (simulated)' : ''}`,
    unique_id: toHex(new TextEncoder().encode(serial), ''),
    active_tariff: 1,
    ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
  });
}

const notRead = (): FormatAnswer => errorAnswer(503, 'The meter was not read for a while');

function telegram(meter: MeterSnapshot): FormatAnswer {
  const text = meter.online ? p1Telegram(meter, dsmr5, timeOf) : undefined;
  return text === undefined ? notRead() : textAnswer(text);
}

interface Endpoint {
  readonly path: RegExp;
  /** Default: GET. */
  readonly methods?: readonly string[];
  readonly answer: (meter: MeterSnapshot) => FormatAnswer;
}

/** The API, by the end of a path. A lamp to blink and a cloud to leave are not there: as with the real one, asking is no error. */
const ENDPOINTS: readonly Endpoint[] = [
  { path: /\/api\/v1\/data\/?$/, answer: data },
  { path: /\/api\/v1\/telegram\/?$/, answer: telegram },
  { path: /\/api\/v1\/identify\/?$/, methods: ['PUT'], answer: () => jsonAnswer({ identify: 'ok' }) },
  { path: /\/api\/v1\/system\/?$/, methods: ['GET', 'PUT'], answer: () => jsonAnswer({ cloud_enabled: false }) },
  { path: /\/api\/?$/, answer: (meter) => jsonAnswer(identity(meter)) },
];

function answerOf(meter: MeterSnapshot | undefined, request: FormatRequest): FormatAnswer {
  const endpoint = ENDPOINTS.find(({ path }) => path.test(request.path));
  const refused = refusedMethod(request, endpoint?.methods);
  if (refused !== undefined) return refused;
  if (meter === undefined) return errorAnswer(503, 'The meter has not been read yet');
  return endpoint?.answer(meter) ?? errorAnswer(404, 'There is nothing here but /api and /api/v1/data');
}

function announcement(meter: MeterSnapshot): Announcement {
  const serial = serialOf(meter);
  const host = `p1meter-${serial.slice(-6)}`;
  return { type: 'hwenergy', name: host, host, txt: { api_enabled: '1', path: '/api/v1', serial, ...PRODUCT } };
}

/** An API of its own for one meter. */
export const homeWizard: FormatDefinition = {
  name: 'homewizard',
  defaults: FORMAT_SETTINGS.homewizard,
  create: (): Format => ({
    isForOneMeter: true,
    answer: answerOf,
    announcement,
  }),
};
