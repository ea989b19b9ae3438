/** The button that makes a report of the deployed connection: shows it, lets parts be left out, and saves it. */
import type { EditorNode } from '../red.js';
import type { Texts } from '../texts.js';
import { field, valueOf } from './settings.js';

/** Topic of the editor's channel on which the runtime publishes which table it reads; the name of the report follows. */
const PROGRESS_TOPIC = 'nes-meter/report/';
const PARTS = ['settings', 'state', 'errors', 'trace', 'tables'] as const;
type Part = (typeof PARTS)[number];

/** Number of tables in a report, and seconds for each besides the pause between reads. */
const TABLES = 15;
const TABLE_SECONDS = { mep: 0.4, optical: 1.5 } as const;

interface Progress {
  readonly table: string;
  readonly index: number;
  readonly count: number;
}

interface Answer {
  readonly ok: boolean;
  readonly report: Readonly<Record<string, unknown>>;
}

/** Attaches the report to the button. Returns a function that stops a report in progress. */
export function prepareReport(node: EditorNode, text: Texts): () => void {
  const button = $('#nes-meter-report');
  const caption = button.find('span');
  const box = $('#nes-meter-report-result');
  const tables = $('<input type="checkbox" checked>');
  const duration = $('<span>');
  $('#nes-meter-report-duration').empty().append(tables, ' ', duration);
  let request: JQuery.jqXHR | undefined;
  const showDuration = (): void => {
    const seconds = durationOf(valueOf('protocol'), Number(valueOf('minInterval')));
    duration.text(text('mep-config.report.duration', { seconds }));
  };
  field('protocol').on('change', showDuration);
  field('minInterval').on('input', showDuration);
  showDuration();
  button.on('click', () => {
    if (request) {
      request.abort();
      return;
    }
    const name = Math.random().toString(36).slice(2);
    box.prop('hidden', false).text(text('mep-config.report.running'));
    const showProgress = (_: string, { table, index, count }: Progress): void => {
      box.text(text('mep-config.report.reading', { table, number: index + 1, count }));
    };
    RED.comms.subscribe(PROGRESS_TOPIC + name, showProgress);
    caption.text(text('mep-config.label.stop'));
    const parts = PARTS.filter((part) => part !== 'tables' || tables.prop('checked') === true);
    request = $.ajax({
      url: 'nes-meter/report',
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ id: node.id, report: name, parts }),
    });
    void request
      .done(({ ok, report }: Answer) => {
        if (ok) showPreview(box, report, text);
        else box.text(text('mep-config.report.failed'));
      })
      .fail(({ status }, reason) => {
        box.text(text(reason === 'abort' ? 'mep-config.test.stopped' : failureOf(status)));
      })
      .always(() => {
        RED.comms.unsubscribe(PROGRESS_TOPIC + name, showProgress);
        caption.text(text('mep-config.label.report'));
        request = undefined;
      });
  });
  return () => request?.abort();
}

function durationOf(protocol: string, pauseMs: number): number {
  const seconds = protocol === 'optical' ? TABLE_SECONDS.optical : TABLE_SECONDS.mep;
  return Math.ceil(TABLES * ((Number.isFinite(pauseMs) ? pauseMs : 0) / 1_000 + seconds));
}

function failureOf(status: number): string {
  if (status === 400) return 'mep-config.report.not-deployed';
  return `mep-config.test.${status === 401 || status === 403 ? 'forbidden' : 'unreachable'}`;
}

/** Shows a report with a tick box for each part. Unticked parts are not in the file. */
function showPreview(box: JQuery, report: Answer['report'], text: Texts): void {
  const chosen = new Set<Part>(PARTS.filter((part) => part in report));
  const preview = $('<pre class="nes-meter-preview" tabindex="0">').attr(
    'aria-label',
    text('mep-config.report.preview'),
  );
  const show = (): void => {
    preview.text(JSON.stringify(withParts(report, chosen), null, 2));
  };
  box.empty().append($('<p>').text(text('mep-config.report.choose')));
  for (const part of PARTS.filter((known) => known in report)) {
    const tick = $('<input type="checkbox" checked>').on('change', () => {
      if (tick.prop('checked') === true) chosen.add(part);
      else chosen.delete(part);
      show();
    });
    $('<label class="nes-meter-tick">')
      .append(tick, ' ', $('<span>').text(text(`mep-config.report.part.${part}`)))
      .appendTo(box);
  }
  show();
  box.append(preview);
  $('<button type="button" class="red-ui-button" id="nes-meter-report-save">')
    .text(text('mep-config.report.save'))
    .appendTo(box)
    .on('click', () => {
      save(JSON.stringify(withParts(report, chosen), null, 2));
    });
}

/** The report without the parts that are not chosen. */
export function withParts(report: Answer['report'], chosen: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(report).filter(([name]) => chosen.has(name) || !PARTS.some((part) => part === name)),
  );
}

function save(content: string): void {
  const url = URL.createObjectURL(new Blob([`${content}\n`], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'nes-meter-report.json';
  link.click();
  URL.revokeObjectURL(url);
}
