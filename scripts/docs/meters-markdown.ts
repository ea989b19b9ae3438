import type { FixtureMeter } from '../fixture/make-fixtures.js';

/** A fixture of a table, with the properties that the page of meters needs. */
export interface TableFixture {
  readonly table: string;
  readonly origin: string;
  readonly meter?: FixtureMeter;
}

const HEAD = `# Tested meters

The meters whose data the tests of this package contain. Is yours missing, or can it not be read? Please send a
[report](TRACE.md): it takes a minute, contains no key and no serial number, and becomes a test. *Not given* is what a published capture does not
say; a report gives it.

<!-- Generated from test/fixtures by \`npm run docs\`. -->
`;

/** In place of what the owner of a meter has not said. */
const UNKNOWN = 'not given';
const PORTS = { mep: 'MEP', optical: 'optical' } as const;
const SOURCES: Readonly<Record<FixtureMeter['source'], string>> = {
  report: 'a report',
  'published bytes': 'bytes that its owner published',
  'published values': 'values that its owner published',
};

/** docs/METERS.md, from the fixtures alone. */
export function metersMarkdown(fixtures: readonly TableFixture[]): string {
  const rows = new Map<string, Set<string>>();
  for (const { table, meter } of fixtures) {
    if (!meter) continue;
    const { model, firmware, country, port, source } = meter;
    const cells = [model ?? 'NES, model not given', firmware ?? UNKNOWN, country ?? UNKNOWN, port ? PORTS[port] : UNKNOWN, SOURCES[source]];
    const key = cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ');
    rows.set(key, (rows.get(key) ?? new Set()).add(table));
  }
  const lines = [...rows].sort().map(([key, tables]) => `| ${key} | ${[...tables].sort().join(', ')} |`);
  return [
    HEAD,
    '| Model | Firmware | Country | Port | From | Tables |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    `## Without a meter`,
    '',
    ...others(fixtures),
    '',
  ].join('\n');
}

function others(fixtures: readonly TableFixture[]): string[] {
  const without = fixtures.filter(({ meter }) => !meter);
  const tablesOf = (fits: (origin: string) => boolean): string =>
    [...new Set(without.filter(({ origin }) => fits(origin)).map(({ table }) => table))].sort().join(', ');
  const isGuide = (origin: string): boolean => /^OSGP MEP guide/.test(origin);
  return [
    `Examples of the guide: ${tablesOf(isGuide)}.`,
    '',
    `Made by hand from the offsets that the guide prints: ${tablesOf((origin) => !isGuide(origin))}.`,
  ];
}
