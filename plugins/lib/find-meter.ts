import { type MeterSettings, TransportError } from '../../src/internal.js';
import { failure, searchMeter, type TestOptions, type TestReport } from '../../nodes/lib/connection-test.js';
import { openPorts, RAW_PORTS } from './open-ports.js';
import { checkSearchPlace, type SearchPlace, usualSettings } from './find-request.js';

export type SearchOptions = Pick<TestOptions, 'label' | 'signal' | 'onTrial'>;

/** A meter that responded, with the settings to which it did. No key was used. */
export interface FoundMeter {
  readonly ok: true;
  readonly settings: FoundSettings;
  readonly notices: TestReport['notices'];
  readonly serial: string | null;
  readonly model: string | null;
}

type FoundSettings = Pick<MeterSettings, 'protocol' | 'transport' | 'security'> & Partial<MeterSettings>;
type NotFound = ReturnType<typeof failure>;

/** Looks for a meter at one place, at both of its ports, with all settings that may be right, and without a key. */
export async function findMeter(place: SearchPlace, options: SearchOptions): Promise<FoundMeter | NotFound> {
  await checkSearchPlace(place);
  if (place.transport === 'serial' || place.tcpPort !== undefined) return look(place, options);
  const { open, isReachable } = await openPorts(place.host, RAW_PORTS, options.signal);
  let last: NotFound | undefined;
  for (const tcpPort of open) {
    const result = await look({ ...place, tcpPort }, options);
    if (result.ok || options.signal.aborted) return result;
    last = result;
  }
  return last ?? failure(noOpenPort(place.host, isReachable), place.host);
}

function noOpenPort(host: string, isReachable: boolean): TransportError {
  return isReachable
    ? new TransportError('host-refused', `${host} accepts no connection at the usual ports`)
    : new TransportError('host-unreachable', `${host} does not respond`);
}

async function look(place: SearchPlace, options: SearchOptions): Promise<FoundMeter | NotFound> {
  const settings = usualSettings(place);
  const name = place.transport === 'serial' ? place.port : `${place.host}:${place.tcpPort ?? ''}`;
  let report: TestReport;
  try {
    report = await searchMeter(settings, { ...options, place: name });
  } catch (error) {
    return failure(error, name);
  }
  const { proposals, notices, serial = null, model = null } = report;
  // Without a key, a meter that responds to the first settings is one whose key is missing.
  if (!report.ok && report.code !== 'key-not-typed' && proposals.length === 0) {
    const { ok, code, values, received } = report;
    return { ok, code, values, received };
  }
  const proposed = Object.fromEntries(proposals.map(({ setting, value }) => [setting, value]));
  return {
    ok: true,
    settings: { ...settings, ...proposed },
    notices,
    serial,
    model,
  };
}
