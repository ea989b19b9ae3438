import { type MeterSettings, probe, type ProbeReport, SecurityError, type SettingProposal } from '../internal.js';
import { answerLimitText } from './answer-limit-text.js';
import { jsonText, listText } from './layout-text.js';
import { placeText } from './options.js';
import type { Terminal } from './terminal.js';
import { EXIT, errorText, exitCodeOf, type ExitCode } from './texts.js';
import { type TraceOption, withTracer } from './trace-option.js';

const ACTIVITIES: Readonly<Record<ProbeReport['received'], string>> = {
  answers: 'the meter responds',
  alerts: 'the meter sends alerts, but does not respond to requests',
  rubbish: 'bytes arrive, but no valid response',
  nothing: 'no response',
};

const NOTICES: Readonly<Record<ProbeReport['notices'][number], string>> = {
  echo: 'the head receives its own light; a strip of foam between its two diodes prevents that',
  bridge: 'the serial server sets the baud rate: set it there, usually to 9600 baud, 8N1',
  'other-key': 'each port has keys of its own: MBK or MAK for the MEP port, RK for the optical port',
  'key-characters': 'the key was used as characters: capitals matter, and 0 and O, 1, l and I are easily confused',
  'key-digits': 'the key was used as hex digits; a key of 16 to 20 characters is entered as it is',
  'key-advanced': 'if the key is the advanced one (MAK), use --advanced',
};

export interface ProbeCommandOptions extends TraceOption {
  readonly json?: true;
}

/** Reports port, wiring, key and meter of a connection, and settings that would work better. */
export async function runProbe(
  settings: MeterSettings,
  { json, ...trace }: ProbeCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const onTrial = (changes: readonly SettingProposal[]): void => {
    terminal.err(`No valid response; trying ${optionsText(changes)} ...\n`);
  };
  const report = await withTracer(trace, terminal, (tracer) =>
    probe(settings, { signal: terminal.signal, onTrial, tracer }),
  );
  const { error, proposals } = report;
  if (error?.code === 'cancelled') throw error;
  terminal.out(json ? jsonText(probeJson(settings, report)) : listText(probeLines(settings, report)));
  if (!error) return EXIT.ok;
  terminal.err(`${errorText(error)}\n`);
  if (proposals.length > 0) terminal.err(`Try the same with ${optionsText(proposals)}\n`);
  return exitCodeOf(error);
}

/** Settings as the options of the command line have them. */
function optionsText(changes: readonly SettingProposal[]): string {
  return changes.map(optionText).join(' ');
}

function optionText({ setting, value }: SettingProposal): string {
  switch (setting) {
    case 'protocol':
      return value === 'optical' ? '--optical' : '(without --optical)';
    case 'baudRate':
      return `--baud ${value}`;
    case 'keyFormat':
      return `--key-format ${value}`;
    case 'security':
    case 'dtr':
    case 'rts':
      return `--${setting} ${value}`;
  }
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
  if (!isPortFailed && key !== 'unusable') lines.push(['Line', ACTIVITIES[report.received]]);
  lines.push(['Key', key]);
  if (report.proposals.length > 0) lines.push(['Better', optionsText(report.proposals)]);
  if (report.alternatives.length > 0) lines.push(['Perhaps', `${optionsText(report.alternatives)} (not tried)`]);
  for (const notice of report.notices) lines.push(['Note', NOTICES[notice]]);
  if (report.answerLimit) lines.push(['Note', answerLimitText(report.answerLimit)]);
  const { description } = report;
  if (!description) return lines;
  return [
    ...lines,
    ['Protocol', description.protocol === 'optical' ? 'optical port (C12.18)' : `MEP, ${settings.security} security`],
    ['Manufacturer', description.manufacturer ?? 'not available'],
    ['Model', description.model ?? 'not available'],
    ['Firmware', description.firmware ?? 'not available'],
    ['Serial number', description.serial ?? 'not available'],
  ];
}

function probeJson(settings: MeterSettings, report: ProbeReport): Record<string, unknown> {
  const { ok, received, description, error, notices, proposals, alternatives } = report;
  return {
    ok,
    port: placeText(settings),
    // The name under which scripts have read it since 0.1.0.
    heard: received,
    notices,
    proposals,
    alternatives,
    key: keyVerdict(report),
    ...(report.answerLimit && { answerLimit: report.answerLimit }),
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
