/** Which other settings to try where no intelligible response was received, and in which order. */
import type { LineActivity, SettingProposal } from './probe-report.js';
import type { MeterSettings } from './settings.js';
import { DEFAULT_BAUD_RATE } from './transport.js';

/** Settings to try, and in what they differ from those that were set. */
export interface Trial {
  readonly changes: readonly SettingProposal[];
  readonly settings: MeterSettings;
}

type Change = Pick<MeterSettings, 'protocol' | 'security' | 'baudRate' | 'dtr' | 'rts'>;

/** What a MEP port can be set to by ET13, the likely ones first. [MEP p.19, p.81-82] */
const MEP_BAUD_RATES = [9_600, 19_200, 38_400, 57_600, 115_200, 4_800, 2_400, 1_200, 600, 300, 14_400, 28_800] as const;

/**
 * Settings that may be right instead, the most likely first. A network bridge fixes baud rate and modem lines.
 * @param received what was received with `settings`; never `answers`, which needs no trial
 */
export function trialsFor(settings: MeterSettings, received: LineActivity): Trial[] {
  if (settings.transport === 'simulator') return [];
  const candidates = settings.protocol === 'optical' ? fromOptical(settings, received) : fromMep(settings, received);
  return candidates.map((change) => trialOf(settings, change)).filter(({ changes }) => changes.length > 0);
}

function fromMep(settings: MeterSettings, received: LineActivity): Partial<Change>[] {
  const { security } = settings;
  const bauds = baudRates(settings);
  const optical: Partial<Change> = { protocol: 'optical', ...baud(settings, DEFAULT_BAUD_RATE) };
  switch (received) {
    case 'rubbish':
      // To an optical port a MEP request may look like the beginning of a packet: it answers that it was garbled.
      return [
        baud(settings, DEFAULT_BAUD_RATE),
        optical,
        ...bauds.filter(({ baudRate }) => baudRate !== DEFAULT_BAUD_RATE),
      ];
    case 'alerts': {
      // An alert is a zero byte. Sent at a lower baud rate it is received as zero too, at a higher one as another byte.
      const { baudRate: present = DEFAULT_BAUD_RATE } = settings;
      return bauds.filter(({ baudRate = present }) => baudRate < present);
    }
    default:
      return [{ security: security === 'tls' ? 'digest' : 'tls' }, optical, ...otherLines(settings), ...bauds];
  }
}

function fromOptical(settings: MeterSettings, received: LineActivity): Partial<Change>[] {
  const usual = baud(settings, DEFAULT_BAUD_RATE);
  const others: Partial<Change>[] = [usual, { protocol: 'mep', ...usual }];
  return received === 'nothing' ? [...others, ...otherLines(settings)] : others;
}

function baudRates(settings: MeterSettings): Pick<Change, 'baudRate'>[] {
  return settings.transport === 'serial' ? MEP_BAUD_RATES.map((baudRate) => ({ baudRate })) : [];
}

function baud(settings: MeterSettings, baudRate: number): Pick<Change, 'baudRate'> {
  return settings.transport === 'serial' ? { baudRate } : {};
}

/** Adapters supply ENABLE, and heads their power, from DTR or RTS; some need the other one low. */
function otherLines(settings: MeterSettings): Pick<Change, 'dtr' | 'rts'>[] {
  if (settings.transport !== 'serial') return [];
  const dtr = settings.dtr === 'off' ? 'on' : 'off';
  const rts = settings.rts === 'off' ? 'on' : 'off';
  return [{ dtr }, { rts }, { dtr, rts }];
}

function trialOf(settings: MeterSettings, change: Partial<Change>): Trial {
  const changes = Object.entries(change)
    .filter(([setting, value]) => settings[setting as keyof Change] !== value)
    .map(([setting, value]) => ({ setting, value }) as SettingProposal);
  return { changes, settings: { ...settings, ...change } };
}
