/** What happens to a meter, for every format alike: from an event to what is known of the meter and the messages. */
import type { Format, FormatMessage } from './format.js';
import { type LinkReport, offlineAfterMs, validForMs } from './link-report.js';
import type { MeterModel, MeterSnapshot } from './meter-snapshot.js';
import type { MeterReading } from './reading.js';

/** What an event leads to. */
export interface Published<Known extends MeterSnapshot, Message extends FormatMessage = FormatMessage> {
  readonly meter: Known;
  /** In the order in which they must be sent. */
  readonly messages: readonly Message[];
}

/** A format, with the model of what it keeps of each meter. */
export interface Publication<Known extends MeterSnapshot, Message extends FormatMessage = FormatMessage> {
  readonly format: Format<Known, Message>;
  readonly model: MeterModel<Known>;
  /** Seconds without a reading after which a meter is silent; 0 = never. */
  readonly expireAfter: number;
}

/**
 * Takes a reading in.
 * @param before undefined for a meter never seen
 * @param isNew whether it is the first reading since the start
 * @returns undefined for a reading of nothing that could be published
 */
export function publishReading<Known extends MeterSnapshot, Message extends FormatMessage>(
  { format, model, expireAfter }: Publication<Known, Message>,
  before: Known | undefined,
  reading: MeterReading,
  isNew: boolean,
): Published<Known, Message> | undefined {
  const meter = model.withReading(before, reading, expireAfter);
  if (!meter.online) return undefined;
  const isFirst = isNew || before?.online !== true;
  return { meter, messages: format.onReading?.(meter, { reading, before, isFirst }) ?? [] };
}

/** @returns what is sent of a reading that is too old to be the present state; what is known of its meter stays the same */
export function publishLateReading<Known extends MeterSnapshot, Message extends FormatMessage>(
  { format, model, expireAfter }: Publication<Known, Message>,
  before: Known | undefined,
  reading: MeterReading,
): readonly Message[] {
  const meter = model.withReading(before, reading, expireAfter);
  return format.onLateReading?.(meter, { reading, before, isFirst: false }) ?? [];
}

/**
 * Takes in the state of the link to a meter. A link that has failed takes its meter offline; a reading brings it back, or a
 * link that works again while the last reading is valid.
 * @param before undefined for a meter never seen
 * @param now the time of day
 * @returns undefined where nothing is kept of such a meter
 */
export function publishLinkReport<Known extends MeterSnapshot, Message extends FormatMessage>(
  publication: Publication<Known, Message>,
  before: Known | undefined,
  report: LinkReport,
  now: Date,
): Published<Known, Message> | undefined {
  const { format, model, expireAfter } = publication;
  const meter = model.withLinkReport(before, report);
  if (meter === undefined) return undefined;
  const reported = format.onLinkReport?.(meter, before) ?? [];
  if (offlineAfterMs(report.state) === 0) {
    const silent = publishSilence(publication, meter);
    return { meter: silent.meter, messages: [...reported, ...silent.messages] };
  }
  if (report.state !== 'online' || meter.online || validForMs(meter.readAt, expireAfter, now) === 0) {
    return { meter, messages: reported };
  }
  const back = { ...meter, online: true };
  return { meter: back, messages: [...reported, ...(format.onReturn?.(back) ?? [])] };
}

/** The meter became silent, or is not read any more. */
export function publishSilence<Known extends MeterSnapshot, Message extends FormatMessage>(
  { format }: Publication<Known, Message>,
  meter: Known,
): Published<Known, Message> {
  if (!meter.online) return { meter, messages: [] };
  const silent = { ...meter, online: false };
  return { meter: silent, messages: format.onSilence?.(silent) ?? [] };
}

/**
 * What a broker retains of a meter now; nothing while it is not known whether the meter is there.
 * @param withValues whether the values are among it
 */
export function retainedOf<Known extends MeterSnapshot, Message extends FormatMessage>(
  { format }: Publication<Known, Message>,
  meter: Known,
  withValues: boolean,
): readonly Message[] {
  if (meter.online && meter.readAt === undefined) return [];
  return format.announceAll?.(meter, withValues) ?? [];
}

/** Takes away what a broker retains of a meter. Topics that are the same for every meter stay. */
export function removalOf<Known extends MeterSnapshot, Message extends FormatMessage>(
  { format }: Publication<Known, Message>,
  meter: Known,
): readonly Message[] {
  if (format.isForOneMeter === true) return [];
  if (format.removal !== undefined) return format.removal(meter);
  const all = format.announceAll?.({ ...meter, online: true }, true) ?? [];
  return all.map((message) => ({ ...message, payload: '' }));
}
