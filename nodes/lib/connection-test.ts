import { isMeterError, type MeterSettings, probe, type ProbeReport } from '../../src/index.js';
import { MeterConnection } from './connection.js';
import { claimEndpoint, endpointOf, holderOf, releaseEndpoint } from './endpoints.js';

/** What the dialog is told of a test. */
export type TestReport = TestResult & Pick<ProbeReport, 'proposals' | 'notices'>;

type TestResult =
  | {
      readonly ok: true;
      readonly serial: string | null;
      readonly manufacturer: string | null;
      readonly model: string | null;
      readonly firmware: string | null;
    }
  | {
      readonly ok: false;
      readonly code: string;
      /** Placeholders of the text that the catalogue has for `code`. */
      readonly values: Readonly<Record<string, string | number>>;
      readonly heard: ProbeReport['heard'];
    };

let lastTest: Promise<unknown> = Promise.resolve();

/**
 * Tries settings against the meter, one test at a time. A deployed connection on the same port makes way meanwhile.
 * @param label how the port's other users are told who has it
 * @returns also for a cancelled test, with that code
 */
export function testConnection(settings: MeterSettings, label: string, signal: AbortSignal): Promise<TestReport> {
  const result = lastTest.then(() => runTest(settings, label, signal));
  lastTest = result.catch(() => undefined);
  return result;
}

async function runTest(settings: MeterSettings, label: string, signal: AbortSignal): Promise<TestReport> {
  const endpoint = endpointOf(settings);
  const holder = holderOf(endpoint);
  if (holder instanceof MeterConnection) {
    return holder.runExclusive(async (closed) => {
      const found = await report(settings, AbortSignal.any([signal, closed]));
      if (found.ok) holder.noteAccepted(settings);
      return found;
    });
  }
  const visitor = { label };
  claimEndpoint(endpoint, visitor);
  try {
    return await report(settings, signal);
  } finally {
    releaseEndpoint(endpoint, visitor);
  }
}

async function report(settings: MeterSettings, signal: AbortSignal): Promise<TestReport> {
  const { ok, heard, description, error, proposals, notices } = await probe(settings, { signal });
  if (ok && description) {
    const { serial, manufacturer, model, firmware } = description;
    return { ok, serial, manufacturer, model, firmware, proposals, notices };
  }
  return { ...failure(error), heard, proposals, notices };
}

/** A failed test as the dialog needs it; errors of the package hold no secret, others are told by their kind only. */
export function failure(error: unknown): Extract<TestResult, { ok: false }> {
  const known = isMeterError(error) ? error : undefined;
  return {
    ok: false,
    code: known?.code ?? 'unexpected',
    values: { ...known?.values, detail: known?.message ?? '' },
    heard: 'nothing',
  };
}
