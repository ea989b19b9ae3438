import { COUNT_LIMITS, INTERVAL_LIMITS, OFFSET_LIMITS, PLAUSIBILITY_LIMITS } from '../../src/limits.js';
import { METER_FIELD, numberField } from '../fields.js';
import { findable, labelStyle, text } from '../labels.js';
import { ENERGY, LIVE_VALUES, type Read, ReadRows, readsIn, readsValidator } from '../reads.js';
import type { EditorNode } from '../red.js';
import { offerTables, tableField } from '../tables.js';
import { textsOf } from '../texts.js';

interface Settings {
  name: string;
  meter: string;
  table: string;
  mode: string;
  offset: string;
  count: string;
  interval: string;
  output: string;
  reads: readonly Read[];
  guard: boolean;
  fuse: string;
  outputs: number;
}

/** The rows of the open dialog. */
let rows: ReadRows | undefined;

/** True if only a part of the table is read, by the open dialog; without a dialog by the stored setting. */
function isPartial(this: EditorNode<Settings>): boolean {
  return ($('#node-input-mode').val() || this.mode) === 'partial';
}

/** Shows the settings that are in use, and gives the node an output for what the guard holds back. */
function showUsed(isPart: boolean): void {
  const hasMore = (rows?.entries.length ?? 0) > 0;
  const isDecoded = $('#node-input-output').val() === 'decoded';
  const isGuarded = isDecoded && $('#node-input-guard').prop('checked') === true;
  $('.nes-meter-for-one').toggle(!hasMore);
  $('.nes-meter-for-several').toggle(hasMore);
  $('.nes-meter-for-partial').toggle(isPart && !hasMore);
  $('.nes-meter-for-full').toggle(!isPart && !hasMore);
  $('.nes-meter-for-decoded').toggle(isDecoded);
  $('.nes-meter-for-guard').toggle(isGuarded);
  $('#node-input-outputs').val(isGuarded ? '2' : '1');
}

/** The tables of a node in its dialog: the first in the fields of a single table, the others in rows. */
function showReads(node: EditorNode<Settings>, onChange: () => void): ReadRows {
  const [first, ...others] = readsIn(node.reads);
  // Node-RED would store the text of the list.
  $('#node-input-reads').remove();
  if (first !== undefined) {
    $('#node-input-table').val(first.table);
    $('#node-input-interval').val(first.interval);
  }
  const shown = new ReadRows(
    $('#nes-meter-reads'),
    {
      table: node._('mep-read-table.label.table'),
      seconds: node._('mep-read-table.label.everySeconds'),
      remove: node._('mep-read-table.label.remove'),
    },
    onChange,
  );
  for (const other of others) shown.add(other);
  return shown;
}

/** Reads live values and energy, each at its own interval, and sends their values. */
function chooseLiveValues(shown: ReadRows): void {
  $('#node-input-table').val(LIVE_VALUES.table).trigger('change');
  $('#node-input-interval').val(LIVE_VALUES.interval).trigger('change');
  $('#node-input-output').val('decoded').trigger('change');
  if (!shown.entries.some(({ table }) => table === ENERGY.table)) shown.add(ENERGY);
}

RED.nodes.registerType<Settings>('mep-read-table', {
  category: 'NES meter',
  color: '#8bb4d8',
  defaults: {
    name: { value: '' },
    meter: METER_FIELD,
    table: tableField('BT28', 'mep-read-table.validate.table'),
    mode: { value: 'full' },
    offset: numberField(OFFSET_LIMITS, 'mep-read-table.validate.offset', { isUsed: isPartial }),
    count: numberField(COUNT_LIMITS, 'mep-read-table.validate.count', { isUsed: isPartial }),
    interval: numberField(INTERVAL_LIMITS, 'mep-read-table.validate.interval', { value: '10' }),
    output: { value: 'bytes' },
    reads: { value: [], validate: readsValidator('mep-read-table.validate.reads') },
    guard: { value: false },
    fuse: numberField(PLAUSIBILITY_LIMITS.fuse, 'mep-read-table.validate.fuse', { isOptional: true }),
    outputs: { value: 1 },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-read-table.svg',
  onpaletteadd: findable('mep-read-table'),
  paletteLabel: text('mep-read-table.node.name'),
  label() {
    if (this.name) return this.name;
    const { interval, table } = this;
    const several = readsIn(this.reads).map((read) => read.table);
    if (several.length > 0) return several.join(', ');
    const shown = table || 'msg.table';
    if (!(Number(interval) > 0)) return shown;
    return textsOf(this)('mep-read-table.node.every', { table: shown, interval });
  },
  labelStyle,
  inputLabels: text('mep-read-table.port.input'),
  outputLabels(index) {
    if (index === 1) return this._('mep-read-table.port.held');
    return this._(this.output === 'decoded' ? 'mep-read-table.port.values' : 'mep-read-table.port.output');
  },
  oneditprepare() {
    const show = (): void => {
      showUsed(isPartial.call(this));
    };
    rows = undefined;
    const shown = showReads(this, show);
    rows = shown;
    offerTables(this._('mep-read-table.tip.fromMessage'));
    // Nodes of older flows have no such setting, and send bytes.
    if (!this.output) $('#node-input-output').val('bytes');
    $('#nes-meter-add-table').on('click', () => {
      shown.add({ table: '', interval: ENERGY.interval }).trigger('focus');
    });
    $('#nes-meter-live').on('click', () => {
      chooseLiveValues(shown);
    });
    $('#node-input-mode, #node-input-output, #node-input-guard').on('change', show);
    show();
  },
  oneditsave() {
    const others = rows?.entries ?? [];
    const first = { table: String($('#node-input-table').val()), interval: String($('#node-input-interval').val()) };
    this.reads = others.length === 0 ? [] : [first, ...others];
  },
});
