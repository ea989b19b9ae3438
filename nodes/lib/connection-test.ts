import {
  isMeterError,
  type MeterDescription,
  type MeterSettings,
  printable,
  probe,
  type ProbeReport,
  type SettingProposal,
} from '../../src/index.js';
import { MeterConnection } from './connection.js';
import { claimEndpoint, endpointOf, holderOf, releaseEndpoint } from './endpoints.js';

/** What the dialog is told of a test; who the meter is also where it failed, as far as the meter tells that without a key. */
export type TestReport = TestResult & Partial<Identity> & Pick<ProbeReport, 'proposals' | 'alternatives' | 'notices'>;

type Identity = Pick<MeterDescription, 'serial' | 'manufacturer' | 'model' | 'firmware'>;

type TestResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      /** Placeholders of the text that the catalogue has for `code`. */
      readonly values: Readonly<Record<string, string | number>>;
      readonly heard: ProbeReport['heard'];
    };

export interface TestOptions {
  /** How the port's other users are told who has it. */
  readonly label: string;
  readonly signal: AbortSignal;
  /** Called before other settings are tried, with those in which they differ. */
  readonly onTrial: (changes: readonly SettingProposal[]) => void;
}

let lastTest: Promise<unknown> = Promise.resolve();

/**
 * Tries settings against the meter, one test at a time. A deployed connection on the same port makes way meanwhile.
 * @returns also for a cancelled test, with that code
 */
export function testConnection(settings: MeterSettings, options: TestOptions): Promise<TestReport> {
  const result = lastTest.then(() => runTest(settings, options));
  lastTest = result.catch(() => undefined);
  return result;
}

async function runTest(settings: MeterSettings, options: TestOptions): Promise<TestReport> {
  const { label, signal } = options;
  const endpoint = endpointOf(settings);
  const holder = holderOf(endpoint);
  if (holder instanceof MeterConnection) {
    return holder.runExclusive(async (closed) => {
      const found = await report(settings, { ...options, signal: AbortSignal.any([signal, closed]) });
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

async function report(settings: MeterSettings, { signal, onTrial }: TestOptions): Promise<TestReport> {
  const { ok, heard, description, error, ...advice } = await probe(settings, { signal, onTrial });
  const { proposals, alternatives, notices } = advice;
  const result: TestResult = ok ? { ok } : { ...failure(error), heard };
  return { ...result, ...(description && identityOf(description)), proposals, alternatives, notices };
}

function identityOf({ serial, manufacturer, model, firmware }: MeterDescription): Identity {
  return { serial, manufacturer, model, firmware };
}

/** A failed test as the dialog needs it; errors of the package hold no secret, others are told by their kind only. */
export function failure(error: unknown): Extract<TestResult, { ok: false }> {
  const known = isMeterError(error) ? error : undefined;
  return {
    ok: false,
    code: known?.code ?? 'unexpected',
    values: { ...known?.values, detail: printable(known?.message ?? '') },
    heard: 'nothing',
  };
}
