import { type Command, Option } from 'commander';
import {
  DEFAULT_DIMENSIONS,
  type Dimensions,
  findTable,
  isFields,
  PRINTED_SUMMATION_SOURCES,
  type TableValues,
} from '../internal.js';
import { readText, wholeNumber } from './options.js';
import { CommandError } from './texts.js';

const MAX_TIERS = 8;
const MAX_VALUES = 255;

const SINGLE_OPTIONS = ['summations', 'tiers', 'energyUnit', 'demandResetCounter', 'demands', 'timeRemaining'] as const;

/** How the meter lays out its tables, for bytes that come without a meter. */
export interface DimensionOptions {
  readonly dimensions?: string;
  readonly summations?: number;
  readonly tiers?: number;
  readonly energyUnit?: string;
  readonly demandResetCounter?: true;
  readonly demands?: number;
  readonly timeRemaining?: true;
}

export function addDimensionOptions(command: Command): Command {
  const file = new Option('--dimensions <file>', 'a file that `nes-meter dump` made of this meter, or its msg.meter');
  return command
    .optionsGroup('Layout of the tables in this meter (default: a Gen 3 83331 or 83334 without demands):')
    .addOption(file.conflicts([...SINGLE_OPTIONS]))
    .option('--summations <n>', 'BT23: registers of each block (11)', wholeNumber(1, PRINTED_SUMMATION_SOURCES.length))
    .option('--tiers <n>', 'BT23: tariffs (4)', wholeNumber(0, MAX_TIERS))
    .addOption(new Option('--energy-unit <wh>', 'BT23: Wh of one count (1)').choices(['1', '10', '100']))
    .option('--demand-reset-counter', 'BT23: a demand reset counter precedes the registers')
    .option('--demands <n>', 'BT28: demands before the values (0)', wholeNumber(0, MAX_VALUES))
    .option('--time-remaining', 'BT28: each demand includes the time remaining')
    .optionsGroup('Options:');
}

/** True if no option describes the meter: the default layout may then be wrong. */
export function isGuess(options: DimensionOptions): boolean {
  return SINGLE_OPTIONS.every((option) => options[option] === undefined) && options.dimensions === undefined;
}

/** @throws CommandError for a file that holds no dimensions */
export async function dimensionsOf(options: DimensionOptions): Promise<Dimensions> {
  if (options.dimensions !== undefined) return dimensionsFrom(await readText(options.dimensions), options.dimensions);
  const { summations, tiers, demands, energyUnit } = options;
  return {
    ...DEFAULT_DIMENSIONS,
    BT21: {
      ...DEFAULT_DIMENSIONS['BT21'],
      ...(summations !== undefined && { numberOfSummations: summations }),
      ...(tiers !== undefined && { numberOfTiers: tiers }),
      ...(options.demandResetCounter && { demandResetCounter: true }),
      ...(demands !== undefined && { numberOfPresentDemands: demands }),
      ...(options.timeRemaining && { timeRemaining: true }),
    },
    ...(summations !== undefined && {
      BT22: { ...DEFAULT_DIMENSIONS['BT22'], summationSources: PRINTED_SUMMATION_SOURCES.slice(0, summations) },
    }),
    ...(energyUnit !== undefined && { ET55: { energyRegisterUnit: Number(energyUnit) } }),
  };
}

/** Dimensions in JSON: alone, in the description of a meter, or in a dump. */
function dimensionsFrom(text: string, file: string): Dimensions {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new CommandError(`The file ${file} is not JSON.`);
  }
  const meter = member(parsed, 'meter') ?? parsed;
  const dimensions = member(meter, 'dimensions') ?? meter;
  if (!isFields(dimensions) || !Object.entries(dimensions).some(isDecodedTable)) {
    throw new CommandError(`The file ${file} contains no dimensions: no BT21 or other table by name.`);
  }
  return Object.fromEntries(Object.entries(dimensions).filter(isDecodedTable));
}

function isDecodedTable(entry: [string, unknown]): entry is [string, TableValues] {
  return findTable(entry[0]) !== undefined && isFields(entry[1]);
}

function member(value: unknown, name: string): unknown {
  return isFields(value) ? value[name] : undefined;
}
