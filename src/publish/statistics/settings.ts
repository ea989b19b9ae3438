import { settingError } from '../../setting-values.js';
import { badPayload } from '../../readings/index.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { GivenSettings } from '../format.js';
import type { HistoryEntry } from '../history-entry.js';
import { lowerCaseId } from '../safe-id.js';
import { choiceSetting, textSetting } from '../settings.js';

const DEFAULTS = FORMAT_SETTINGS['ha-statistics'];

/** Where the hours of an energy go. */
export interface StatisticTarget {
  readonly statisticId: string;
  readonly source: string;
  readonly name: string | null;
}

export interface StatisticsSettings {
  /** The target of an energy of a meter; undefined: it is not imported. */
  readonly targetOf: (key: string, entry: HistoryEntry) => StatisticTarget | undefined;
  /** What the metadata of an import have beside the name and the unit. */
  readonly typeFields: Readonly<Record<string, unknown>>;
}

/** The energies that Home Assistant counts. */
export const STATISTIC_KEYS = ['activeEnergyImport', 'activeEnergyExport'] as const;

const LABELS: Readonly<Record<string, string>> = {
  activeEnergyImport: 'active energy import',
  activeEnergyExport: 'active energy export',
};
const SOURCE = 'nes_meter';
const ENTITY = /^sensor\.[a-z0-9_]+$/;
/** Before 2025.11 Home Assistant refused metadata that it did not know, since then it asks for them. */
const TYPE_FIELDS = { current: { mean_type: 0, unit_class: 'energy' }, old: { has_mean: false } } as const;

/** @throws UsageError `bad-setting` */
export function statisticsSettings(given: GivenSettings): StatisticsSettings {
  const typeFields = choiceSetting('coreVersion', given['coreVersion'], DEFAULTS.coreVersion, TYPE_FIELDS);
  const isExternal = choiceSetting('statistics', given['statistics'], DEFAULTS.statistics, {
    external: true,
    entity: false,
  });
  if (isExternal) return { typeFields, targetOf: externalTarget };
  const entities: Readonly<Record<string, string>> = {
    activeEnergyImport: entitySetting('importEntity', given['importEntity']),
    activeEnergyExport: entitySetting('exportEntity', given['exportEntity']),
  };
  if (Object.values(entities).every((entity) => entity === ''))
    throw settingError('importEntity', 'the id of an entity');
  return {
    typeFields,
    targetOf: (key, { device: { isSimulated } }) => {
      const statisticId = entities[key] ?? '';
      if (statisticId === '') return undefined;
      if (isSimulated) throw badPayload('the meter is simulated: its energy does not belong to an entity');
      return { statisticId, source: 'recorder', name: null };
    },
  };
}

function entitySetting(setting: string, value: unknown): string {
  const text = textSetting(value, '');
  if (text === '' || ENTITY.test(text)) return text;
  throw settingError(setting, 'the id of an entity, such as sensor.meter_active_energy_import');
}

/** Home Assistant accepts small letters, digits and single underscores. */
function externalTarget(key: string, { id, device }: HistoryEntry): StatisticTarget {
  const label = LABELS[key] ?? key;
  const words = `${lowerCaseId(id)} ${label}`.split(/[^a-z0-9]+/);
  const name = `NES meter ${device.serial}, ${label}${device.isSimulated ? ' (simulated)' : ''}`;
  return { statisticId: `${SOURCE}:${words.filter((word) => word !== '').join('_')}`, source: SOURCE, name };
}
