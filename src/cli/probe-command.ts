import { type MeterSettings, probe, type ProbeReport, SecurityError } from '../index.js';
import { jsonText, listText } from './layout-text.js';
import { placeText } from './options.js';
import type { Terminal } from './terminal.js';
import { EXIT, errorText, exitCodeOf, type ExitCode } from './texts.js';

const HEARD: Readonly<Record<ProbeReport['heard'], string>> = {
  answers: 'the meter answers',
  alerts: 'the meter sends alerts, and no answer',
  rubbish: 'bytes come in that make no sense',
  nothing: 'nothing is heard',
};

const NOTICES: Readonly<Record<ProbeReport['notices'][number], string>> = {
  echo: 'the head sees its own light; a strip of foam between its two diodes cures that',
};

/** Says what is at the far end of a connection: the port, the line, the key, the meter. */
export async function runProbe(settings: MeterSettings, isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const report = await probe(settings, { signal: terminal.signal });
  if (report.error?.code === 'cancelled') throw report.error;
  terminal.out(isJson ? jsonText(probeJson(settings, report)) : listText(probeLines(settings, report)));
  if (report.error) terminal.err(`${errorText(report.error)}\n`);
  return report.error ? exitCodeOf(report.error) : EXIT.ok;
}

type KeyVerdict = 'accepted' | 'rejected' | 'unusable' | 'not tried';

function keyVerdict({ ok, error }: ProbeReport): KeyVerdict {
  if (ok) return 'accepted';
  if (error?.code === 'key-rejected') return 'rejected';
  return error instanceof SecurityError ? 'unusable' : 'not tried';
}

function probeLines(settings: MeterSettings, report: ProbeReport): [string, string][] {
  const isPortFailed = report.error !== undefined && exitCodeOf(report.error) === EXIT.port;
  const key = keyVerdict(report);
  const lines: [string, string][] = [['Port', `${placeText(settings)}${isPortFailed ? ': failed' : ''}`]];
  if (!isPortFailed && key !== 'unusable') lines.push(['Line', HEARD[report.heard]]);
  lines.push(['Key', key]);
  for (const notice of report.notices) lines.push(['Note', NOTICES[notice]]);
  const { description } = report;
  if (!description) return lines;
  return [
    ...lines,
    ['Protocol', description.protocol === 'optical' ? 'optical port (C12.18)' : `MEP, ${settings.security} security`],
    ['Manufacturer', description.manufacturer ?? 'not told'],
    ['Model', description.model ?? 'not told'],
    ['Firmware', description.firmware ?? 'not told'],
    ['Serial number', description.serial ?? 'not told'],
  ];
}

function probeJson(settings: MeterSettings, report: ProbeReport): Record<string, unknown> {
  const { ok, heard, description, error, notices } = report;
  return {
    ok,
    port: placeText(settings),
    heard,
    notices,
    key: keyVerdict(report),
    ...(description && {
      protocol: description.protocol,
      ...(description.protocol === 'mep' && { security: settings.security }),
      manufacturer: description.manufacturer,
      model: description.model,
      firmware: description.firmware,
      serial: description.serial,
    }),
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}
