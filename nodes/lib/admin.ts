import type { NodeAPI } from 'node-red';
import { CATALOGUE, listPorts, reportSummary, serialUnavailable, UsageError } from '../../src/internal.js';
import { abortedWhenGone, type AdminRequest, type AdminResponse, answer } from './admin-answer.js';
import { failure, testConnection, type TestOptions } from './connection-test.js';
import { readReportRequest } from './report-request.js';
import { deployedConnection, placeAsTyped, readTestRequest, subjectOf, type TestRequest } from './test-request.js';
import { sharedText } from './texts.js';

/** Longer than a test that tries all other settings. */
const TEST_LIMIT_MS = 60_000;
/** The progress of a test goes to this topic of the editor's channel, followed by the name of the test. */
const PROGRESS_TOPIC = 'nes-meter/test/';
/** The same for the tables of a report. */
const REPORT_TOPIC = 'nes-meter/report/';

/** What the edit dialogs ask of the runtime. Each answer is `{ ok, ... }`; each needs a permission. */
export function registerAdmin(RED: NodeAPI): void {
  RED.httpAdmin.get('/nes-meter/ports', RED.auth.needsPermission('nes-meter.read'), (_request, response) => {
    answer(response, async () => {
      const unavailable = await serialUnavailable();
      return { ok: true, ports: await listPorts(), ...(unavailable && { code: unavailable.code }) };
    });
  });
  RED.httpAdmin.get('/nes-meter/tables', RED.auth.needsPermission('nes-meter.read'), (_request, response) => {
    answer(response, () =>
      Promise.resolve({
        ok: true,
        tables: CATALOGUE.map(({ name, number, title, summary, read }) => ({ name, number, title, summary, read })),
      }),
    );
  });
  RED.httpAdmin.post('/nes-meter/test', RED.auth.needsPermission('nes-meter.write'), (request, response) => {
    answer(response, () => runTest(RED, request, response));
  });
  RED.httpAdmin.post('/nes-meter/report', RED.auth.needsPermission('nes-meter.write'), (request, response) => {
    answer(response, () => runReport(RED, request, response));
  });
}

async function runTest(RED: NodeAPI, request: AdminRequest, response: AdminResponse): Promise<object> {
  const test = request.is('json') ? readTestRequest(request.body) : undefined;
  if (!test) {
    response.status(400);
    return failure(new UsageError('bad-setting', 'Not a test request', { values: { setting: 'request' } }));
  }
  const gone = abortedWhenGone(response);
  const place = placeAsTyped(test);
  try {
    const { settings, withheldKey } = await subjectOf(RED, test);
    return await testConnection(settings, { ...optionsOf(RED, test, gone), place, withheldKey });
  } catch (error) {
    return failure(error, place);
  }
}

async function runReport(RED: NodeAPI, request: AdminRequest, response: AdminResponse): Promise<object> {
  const wanted = request.is('json') ? readReportRequest(request.body) : undefined;
  const connection = wanted && deployedConnection(RED, wanted.id);
  if (!connection) {
    response.status(400);
    return failure(
      new UsageError('bad-setting', 'Not a report of a deployed connection', { values: { setting: 'request' } }),
    );
  }
  const gone = abortedWhenGone(response);
  const report = await connection.report(wanted.parts, {
    signal: gone,
    versions: { 'node-red': versionOf(RED) },
    onProgress: (table, index, count) => {
      if (wanted.report !== '') RED.comms.publish(REPORT_TOPIC + wanted.report, { table, index, count }, false);
    },
  });
  return { ok: true, report, summary: reportSummary(report) };
}

/** Of Node-RED; its types leave it out. */
function versionOf(RED: NodeAPI): string {
  const version: unknown = Reflect.get(RED.settings, 'version');
  return typeof version === 'string' ? version : 'unknown';
}

function optionsOf(RED: NodeAPI, test: TestRequest, gone: AbortSignal): Omit<TestOptions, 'place' | 'withheldKey'> {
  const label = test.name === '' ? sharedText(RED, 'test.title') : test.name;
  return {
    label,
    withDisplayed: test.displayed,
    signal: AbortSignal.any([gone, AbortSignal.timeout(TEST_LIMIT_MS)]),
    onTrial: (changes) => {
      if (test.test !== '') RED.comms.publish(PROGRESS_TOPIC + test.test, { changes }, false);
    },
  };
}
