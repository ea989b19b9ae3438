import assert from 'node:assert/strict';

interface Row {
  readonly state: number;
  readonly sum: number;
}
type Command = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;

/**
 * The part of Home Assistant's recorder that keeps long-term statistics, behind the `ha-api` node: rows by statistic and
 * hour, written as given; it compiles the hours of its own entities with a plain INSERT.
 */
export class HomeAssistantRecorder {
  readonly #tables = new Map<string, Map<number, Row>>();
  /** The own entities, with the hour that was compiled last. */
  readonly #compiled = new Map<string, number>();
  /** Messages since the start. */
  readonly commands: Command[] = [];
  isDown = false;

  /** What `ha-api` sends for a message: the same one with the result; undefined where it goes to Catch nodes. */
  answer(msg: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
    const { protocol, data } = msg['payload'] as { protocol: string; data: Command };
    assert.equal(protocol, 'websocket');
    if (this.isDown) return undefined;
    this.commands.push(data);
    return { ...msg, payload: data['type'] === 'recorder/import_statistics' ? this.#import(data) : this.#rows(data) };
  }

  /** Compiles an hour of an own entity; fails as the database does where there is a row. */
  compile(entity: string, start: number, row: Row): void {
    const table = this.#table(entity);
    assert.ok(!table.has(start), `UNIQUE constraint failed: ${entity} ${new Date(start).toISOString()}`);
    table.set(start, row);
    this.#compiled.set(entity, start);
  }

  /** The bars of the energy dashboard: sums of neighbouring rows, the first from 0. By the begin of the hour. */
  bars(statistic: string): Map<string, number> {
    let before = 0;
    return new Map(
      this.sorted(statistic).map(([start, { sum }]) => {
        const bar = Math.round((sum - before) * 1_000) / 1_000;
        before = sum;
        return [new Date(start).toISOString(), bar];
      }),
    );
  }

  sorted(statistic: string): [number, Row][] {
    return [...this.#table(statistic)].sort(([left], [right]) => left - right);
  }

  /** What the developer tools do. */
  delete(statistic: string): void {
    this.#tables.delete(statistic);
  }

  get statistics(): string[] {
    return [...this.#tables.keys()].filter((id) => this.#table(id).size > 0);
  }

  #table(id: string): Map<number, Row> {
    const table = this.#tables.get(id) ?? new Map<number, Row>();
    this.#tables.set(id, table);
    return table;
  }

  #import({ metadata, stats }: Command): null {
    const { statistic_id: id, source, unit_of_measurement: unit, has_sum: hasSum, ...rest } = metadata as Command;
    assert.match(
      String(id),
      source === 'recorder'
        ? /^sensor\.[a-z0-9_]+$/
        : /^(?!.*__)[a-z0-9][a-z0-9_]*[a-z0-9]:[a-z0-9][a-z0-9_]*[a-z0-9]$/,
    );
    assert.equal(String(id).split(/[.:]/)[0], source === 'recorder' ? 'sensor' : source);
    assert.deepEqual([unit, hasSum], ['kWh', true]);
    assert.ok('mean_type' in rest !== 'has_mean' in rest, 'the fields of one version');
    for (const { start, state, sum } of stats as { start: string; state: number; sum: number }[]) {
      const at = Date.parse(start);
      assert.ok(start.endsWith('Z') && at % HOUR_MS === 0, `${start} is no full hour`);
      const compiled = source === 'recorder' ? (this.#compiled.get(String(id)) ?? Number.NEGATIVE_INFINITY) : Infinity;
      assert.ok(at <= compiled, `${start} is not compiled yet: Home Assistant's own INSERT would fail`);
      this.#table(String(id)).set(at, { state, sum });
    }
    return null;
  }

  #rows({ type, start_time: from, statistic_ids: ids, period, types, units }: Command): Record<string, object[]> {
    assert.equal(type, 'recorder/statistics_during_period');
    assert.deepEqual([period, types, units], ['hour', ['state', 'sum'], { energy: 'kWh' }]);
    const wanted = (ids as string[]).map((id) => {
      const rows = this.sorted(id).filter(([start]) => start >= Date.parse(String(from)));
      return [id, rows.map(([start, row]) => ({ start, end: start + HOUR_MS, ...row }))] as const;
    });
    return Object.fromEntries(wanted.filter(([, rows]) => rows.length > 0));
  }
}
