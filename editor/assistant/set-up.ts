/** What a user has entered so far. It outlives the dialog, so that closing it loses nothing. */
import type { DestinationId } from './destinations.js';
import type { SearchResult, Settings, TestResult } from './server.js';

/** Where to look for the meter. */
export type PlaceKind = 'ports' | 'port' | 'network' | 'simulator';

export type Found = Extract<SearchResult, { ok: true }>;
export type Tested = Extract<TestResult, { ok: true }>;

export interface SetUp {
  place: PlaceKind;
  port: string;
  host: string;
  /** The meters that responded to the last search. */
  found: readonly Found[];
  chosen: Found | undefined;
  key: string;
  keyFormat: string;
  /** The result of a test of the present key at the present place. */
  tested: Tested | undefined;
  readonly destinations: Set<DestinationId>;
  /** The id of a broker that the editor has; empty: the one below. */
  brokerId: string;
  brokerHost: string;
  brokerUser: string;
  brokerPassword: string;
  isBrokerTls: boolean;
}

export function newSetUp(): SetUp {
  return {
    place: 'ports',
    port: '',
    host: '',
    found: [],
    chosen: undefined,
    key: '',
    keyFormat: 'auto',
    tested: undefined,
    destinations: new Set(['homeAssistant']),
    brokerId: '',
    brokerHost: 'localhost',
    brokerUser: '',
    brokerPassword: '',
    isBrokerTls: false,
  };
}

const SIMULATED: Settings = {
  protocol: 'mep',
  transport: 'simulator',
  security: 'digest',
  profile: 'gen3',
};

/** The settings of the connection, with the form of the key. */
export function connectionSettings({ place, chosen, keyFormat }: SetUp): Settings {
  const settings = place === 'simulator' ? SIMULATED : (chosen?.settings ?? {});
  return { ...settings, keyFormat };
}
