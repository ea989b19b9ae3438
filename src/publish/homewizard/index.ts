/** The local API v1 of a HomeWizard P1 meter, which Homey, Home Assistant, evcc and others read by themselves. */
import { createHash } from 'node:crypto';

import { toHex } from '../../bytes/hex.js';
import { jsonAnswer, errorAnswer, refusedMethod } from '../http-answers.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { Announcement, Format, FormatAnswer, FormatDefinition } from '../format.js';
import { primaryValueOf, type MeterSnapshot } from '../meter-snapshot.js';
import { directedCurrent, netPower, type Phase, PHASES } from '../net-power.js';

const PRODUCT = { product_type: 'HWE-P1', product_name: 'P1 meter' } as const;
/** Readers choose by it what they ask; from 6 on they expect the encrypted API v2. */
const FIRMWARE = '4.19';

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
    return errorAnswer(503, 'The meter was not read for a while');
  }
  const { manufacturer, model, serial } = meter.device;
  return jsonAnswer({
    wifi_ssid: 'nes',
    wifi_strength: 100,
    smr_version: 50,
    meter_model: [manufacturer, model].filter((part) => part !== null).join(' ') || 'NES',
    unique_id: toHex(new TextEncoder().encode(serial), ''),
    active_tariff: 1,
    ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
  });
}

/** Where the path of a request ends is which of the API's it is. */
function answerOf(meter: MeterSnapshot, path: string): FormatAnswer {
  if (/\/api\/v1\/data\/?$/.test(path)) return data(meter);
  if (/\/api\/?$/.test(path)) return jsonAnswer(identity(meter));
  return errorAnswer(404, 'There is nothing here but /api and /api/v1/data');
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
    answer: (meter, request) =>
      refusedMethod(request) ??
      (meter ? answerOf(meter, request.path) : errorAnswer(503, 'The meter has not been read yet')),
    announcement,
  }),
};
