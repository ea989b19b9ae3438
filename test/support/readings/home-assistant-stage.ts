/** Home Assistant's format, driven by single events of one meter. */
import type { LinkReport } from '../../../src/publish/link-report.js';
import {
  type Publication,
  type Published,
  publishLinkReport,
  publishReading,
  publishSilence,
  removalOf,
} from '../../../src/publish/meter-events.js';
import { homeAssistant } from '../../../src/publish/index.js';
import type { MeterReading } from '../../../src/publish/reading.js';

export { announceAgain } from '../../../src/publish/home-assistant/format.js';
export {
  isWorthRemembering,
  type KnownMeter,
  recall,
  remember,
  restarted,
} from '../../../src/publish/home-assistant/known-meter.js';

type KnownMeter = homeAssistant.KnownMeter;
type Settings = homeAssistant.HomeAssistantSettings;

/** A time at which no reading is valid any more. */
const LATE = new Date(8.64e15);

export function homeAssistantPublication(settings: Settings): Publication<KnownMeter, homeAssistant.MqttMessage> {
  return {
    format: homeAssistant.homeAssistantFormat(settings),
    model: homeAssistant.knownMeters(settings),
    expireAfter: settings.expireAfter,
  };
}

export type PublishedMeter = Published<KnownMeter, homeAssistant.MqttMessage>;

/** The messages after a reading; none if the reading has no value to publish. */
export function receiveReading(
  known: KnownMeter | undefined,
  reading: MeterReading,
  settings: Settings,
): PublishedMeter {
  const publication = homeAssistantPublication(settings);
  const published = publishReading(publication, known, reading, known === undefined);
  return published ?? { meter: publication.model.withReading(known, reading, settings.expireAfter), messages: [] };
}

export function receiveLinkReport(
  known: KnownMeter | undefined,
  report: LinkReport,
  settings: Settings,
  now = LATE,
): PublishedMeter {
  const published = publishLinkReport(homeAssistantPublication(settings), known, report, now);
  if (published === undefined) throw new Error('The report led to no meter');
  return published;
}

export function goOffline(meter: KnownMeter, settings: Settings): PublishedMeter {
  return publishSilence(homeAssistantPublication(settings), meter);
}

export function forget(meter: KnownMeter, settings: Settings): readonly homeAssistant.MqttMessage[] {
  return removalOf(homeAssistantPublication(settings), meter);
}
