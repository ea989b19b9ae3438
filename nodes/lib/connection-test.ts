import {
  isMeterError,
  type MeterError,
  type MeterDescription,
  type MeterSettings,
  Mutex,
  printable,
  probe,
  type ProbeOptions,
  type ProbeReport,
  SecurityError,
  shortfallOf,
  type SettingProposal,
  TransportError,
} from '../../src/internal.js';
import { MeterConnection } from './connection.js';
import { claimEndpoint, endpointOf, holderOf, releaseEndpoint } from './endpoints.js';

/** The result of a test for the dialog. A meter gives some of its identity without a key, so that a failed test may have it. */
export type TestReport = TestResult &
  Partial<Identity> &
  Pick<ProbeReport, 'proposals' | 'alternatives' | 'notices' | 'answerLimit' | 'displayed'>;

type Identity = Pick<MeterDescription, 'serial' | 'manufacturer' | 'model' | 'firmware'>;

type TestResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      /** Placeholders of the text that the catalogue has for `code`. */
      readonly values: { readonly detail: string; readonly setting?: string };
      readonly received: ProbeReport['received'];
    };

export interface TestOptions {
  /** Where the meter is, as the requester typed it. */
  readonly place: string;
  /** The key that must not be sent with these settings. */
  readonly withheldKey: ProbeOptions['withheldKey'];
  /** The name of the test for the other users of the port. */
  readonly label: string;
  readonly signal: AbortSignal;
  /** Whether a successful test reads what the meter's display shows as well. */
  readonly withDisplayed?: boolean;
  /** Called before other settings are tried, with those in which they differ. */
  readonly onTrial: (changes: readonly SettingProposal[]) => void;
}

const tests = new Mutex();

/**
 * Tries settings against the meter, one test at a time. A deployed connection on the same port is closed meanwhile.
 * @returns also for a cancelled test, with that code
 */
export function testConnection(settings: MeterSettings, options: TestOptions): Promise<TestReport> {
  return tests.run(() => runTest(settings, options));
}

/**
 * The same beside tests of other ports: a search asks several ports at once. A port that another test has is `port-busy`.
 * No key is sent, whatever the settings hold.
 */
export function searchMeter(settings: MeterSettings, options: Omit<TestOptions, 'withheldKey'>): Promise<TestReport> {
  return runTest(settings, { ...options, withheldKey: 'key' });
}

async function runTest(settings: MeterSettings, options: TestOptions): Promise<TestReport> {
  const { label, signal } = options;
  const endpoint = endpointOf(settings);
  const holder = holderOf(endpoint);
  if (holder instanceof MeterConnection) {
    return holder.runExclusive(async (closed) => {
      const found = await report(settings, {
        ...options,
        signal: AbortSignal.any([signal, closed]),
        tracer: holder.trace.tracer,
      });
      if (found.ok) holder.noteAccepted(settings);
      return found;
    });
  }
  const visitor = { label };
  claimEndpoint(endpoint, visitor);
  try {
    return await report(settings, options);
  } finally {
    releaseEndpoint(endpoint, visitor);
  }
}

async function report(
  settings: MeterSettings,
  { place, withheldKey, signal, withDisplayed = false, onTrial, tracer }: TestOptions & Pick<ProbeOptions, 'tracer'>,
): Promise<TestReport> {
  const { ok, received, description, error, ...advice } = await probe(settings, {
    withheldKey,
    signal,
    withDisplayed,
    onTrial,
    tracer,
  });
  const { proposals, alternatives, notices, answerLimit, displayed } = advice;
  const result: TestResult = ok ? { ok } : { ...failure(error, place), received };
  return {
    ...result,
    ...(description && identityOf(description)),
    proposals,
    alternatives,
    notices,
    ...(answerLimit && { answerLimit }),
    ...(displayed && { displayed }),
  };
}

function identityOf({ serial, manufacturer, model, firmware }: MeterDescription): Identity {
  return { serial, manufacturer, model, firmware };
}

/**
 * A failed test as the dialog needs it. It repeats nothing that the requester did not send: no value of a variable, no bytes
 * that were received. Both may be secrets of this machine.
 * @param place where the meter is, as the requester typed it
 */
export function failure(error: unknown, place = ''): Extract<TestResult, { ok: false }> {
  const known = isMeterError(error) ? error : undefined;
  const setting = known?.values['setting'];
  return {
    ok: false,
    code: known?.code ?? 'unexpected',
    values: { detail: detailOf(known, place), ...(typeof setting === 'string' && { setting }) },
    received: 'nothing',
  };
}

function detailOf(error: MeterError | undefined, place: string): string {
  // No error about a key holds any of it, and one about a bridge counts bytes.
  if (error instanceof SecurityError || (error && shortfallOf(error))) return printable(error.message);
  const owner = error?.values['owner'];
  if (typeof owner === 'string') return printable(owner);
  return error instanceof TransportError ? printable(place) : '';
}
