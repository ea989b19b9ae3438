import { Argument, Command, CommanderError, Option } from 'commander';
import {
  CATALOGUE,
  CONNECTION_LIMITS,
  DAYS_LIMITS,
  HISTORY_KINDS,
  type HistoryKind,
  printableLines,
  REPORT_PARTS,
  SIMULATOR_PROFILES,
  VERSION,
} from '../internal.js';
import { addDimensionOptions, type DimensionOptions } from './dimension-options.js';
import { type DumpOptions, runDump } from './dump-command.js';
import { tableNamed } from './meter-command.js';
import { type DecodeOptions, runDecode, runPorts, runTables } from './offline-commands.js';
import {
  addConnectionOptions,
  addKeyOptions,
  type ConnectionOptions,
  KEY_VARIABLE,
  meterSettings,
  wholeNumber,
} from './options.js';
import { type ExplainCommandOptions, runExplain } from './explain-command.js';
import { type HistoryOptions, runHistory } from './history-command.js';
import { type ProbeCommandOptions, runProbe } from './probe-command.js';
import { type ReadOptions, runRead } from './read-command.js';
import { runReplay } from './replay-command.js';
import { partsOf, type ReportOptions, runReport } from './report-command.js';
import { runSimulate } from './simulate-command.js';
import { addSimulateOptions, type SimulateOptions } from './simulate-options.js';
import type { Terminal } from './terminal.js';
import { CommandError, errorText, EXIT, EXIT_CODES_HELP, type ExitCode, exitCodeOf } from './texts.js';
import { traceOption } from './trace-option.js';
import { runWatch, type WatchOptions } from './watch-command.js';

const MAX_INTERVAL_SECONDS = 86_400;
const EXPLAIN_KEY = `Key to check digests with (otherwise from the variable ${KEY_VARIABLE}):`;
const KEY_ARGUMENT = /^--?(?:(?:adv(?:anced)?-?)?key|mbk|mak|password)(?:=|$)/i;
/** `simulate` takes the keys of the simulated meter; all other arguments that look like keys are refused there too. */
const SIMULATED_KEY_ARGUMENT = /^--(?:mbk|mak)(?:=|$)/;
/** Commander quotes the value of an unknown option in its messages, and the value may be a key. */
const OPTION_VALUE = /'(-[a-z]|--[a-z-]+)[^']*'/gi;

/**
 * Runs one command line and resolves with its exit code. Never rejects; everything that it opened is closed.
 * @param words without the names of node and script
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    if (words.some((word) => isKeyArgument(word, words[0] === 'simulate'))) throw keyArgument();
    await program.parseAsync(words.map(withGeneration), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    terminal.err(`${errorText(error)}\n`);
    return exitCodeOf(error);
  }
}

/** `--simulator BT28`: the next word is the generation only if it names one. */
function withGeneration(word: string, index: number, words: readonly string[]): string {
  const isBare = word === '--simulator' && !SIMULATOR_PROFILES.some((profile) => profile === words[index + 1]);
  return isBare ? '--simulator=gen3' : word;
}

function isKeyArgument(word: string, isSimulate: boolean): boolean {
  return KEY_ARGUMENT.test(word) && !(isSimulate && SIMULATED_KEY_ARGUMENT.test(word));
}

function keyArgument(): CommandError {
  return new CommandError(
    'A key on the command line can be read by others and stays in its history. Put it into the variable ' +
      `${KEY_VARIABLE}, or into a file for --key-file, or enter it when asked.`,
  );
}

type Finish = (code: ExitCode) => void;

function createProgram(terminal: Terminal, finish: Finish): Command {
  const program = new Command('nes-meter')
    .description('Read NES/Echelon (OSGP) electricity meters over their MEP or optical port. Reads only; never writes.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => {
        write(printableLines(text.replace(OPTION_VALUE, "'$1'")));
      },
    })
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText(
      'after',
      `
Examples:
  nes-meter ports                                   the serial ports of this machine
  nes-meter probe --serial /dev/ttyUSB0             test wiring, key and meter
  nes-meter read BT28 --tcp 192.168.1.20:2000       present power, voltage, current
  nes-meter read BT23 --optical --serial /dev/ttyUSB0
                                                    energy, through an optical head
  nes-meter history --days 30 --csv --simulator     a month of intervals
  nes-meter watch --simulator                       live values of a simulated meter
  nes-meter simulate --tcp 2000                     a simulated meter for other programs
  nes-meter explain "00 0D 0C 77 63 5B 90 ..."      explain requests and responses

The key (MBK; RK for the optical port) comes from the variable NES_METER_KEY, from --key-file, or is entered when asked.
${EXIT_CODES_HELP}`,
    );
  addOnlineCommands(program, terminal, finish);
  addHistoryCommand(program, terminal, finish);
  addOfflineCommands(program, terminal, finish);
  addSimulateCommand(program, terminal);
  return program;
}

interface JsonOption {
  readonly json?: true;
}

const pace = (): Option =>
  new Option(
    '--pace <ms>',
    'minimum time between two table reads (1000, as the manufacturer recommends; 0 for a simulated meter)',
  ).argParser(wholeNumber(CONNECTION_LIMITS.minInterval.min, CONNECTION_LIMITS.minInterval.max));
const json = (): Option => new Option('--json', 'print JSON instead of tables');

function addOnlineCommands(program: Command, terminal: Terminal, finish: Finish): void {
  addConnectionOptions(program.command('probe'))
    .description('Test what is on a port: wiring, protocol, key, meter')
    .addOption(json())
    .addOption(traceOption())
    .action(async (options: ConnectionOptions & ProbeCommandOptions) => {
      finish(await runProbe(await meterSettings(options, terminal), options, terminal));
    })
    .addHelpText('after', examples('probe --serial /dev/serial/by-id/usb-FTDI_...', 'probe --simulator gen4 --json'));

  addConnectionOptions(program.command('read'))
    .description('Read a table and print its values')
    .argument('<table>', 'name or number, such as BT28; `nes-meter tables` lists them')
    .option('--offset <n>', 'first byte', wholeNumber(0))
    .option('--count <n>', 'bytes', wholeNumber(1))
    .option('--raw', 'print the bytes only')
    .addOption(json())
    .addOption(traceOption())
    .action(async (name: string, options: ConnectionOptions & ReadOptions) => {
      const table = tableNamed(name);
      await runRead(await meterSettings(options, terminal), table, options, terminal);
    })
    .addHelpText('after', examples('read BT23 --serial /dev/ttyUSB0', 'read BT23 --count 8 --json --simulator'));

  addConnectionOptions(program.command('dump'))
    .description('Read all tables that the key permits into one JSON file')
    .argument('[table...]', 'only these')
    .option('--out <file>', 'file to write; otherwise it is printed')
    .option('--force', 'overwrite an existing file, and follow a link')
    .option('--redact', 'remove serial numbers, in the raw bytes as well, so that the file can be shared')
    .addOption(pace())
    .addOption(traceOption())
    .action(async (names: readonly string[], options: ConnectionOptions & DumpOptions) => {
      const tables = names.length > 0 ? names.map(tableNamed) : CATALOGUE;
      finish(await runDump(await meterSettings(options, terminal), tables, options, terminal));
    })
    .addHelpText('after', examples('dump --serial /dev/ttyUSB0 --redact --out my-meter.json'))
    .addHelpText(
      'after',
      '\nThe key is never in the file. One table per second is read; a load profile takes minutes.',
    );

  addConnectionOptions(program.command('report'))
    .description('Test a connection and write a report for others: no key, no serial number')
    .requiredOption('--out <file>', 'where to')
    .option('--force', 'overwrite an existing file, and follow a link')
    .option('--yes', 'ask nothing')
    .option('--without <parts>', `leave out: ${REPORT_PARTS.join(', ')}`, partsOf, [])
    .addOption(pace())
    .action(async (options: ConnectionOptions & ReportOptions) => {
      finish(await runReport(await meterSettings(options, terminal), options, terminal));
    })
    .addHelpText(
      'after',
      examples(
        'report --serial /dev/ttyUSB0 --out report.json',
        'report --simulator --out report.json --yes --without tables',
      ),
    )
    .addHelpText('after', '\nIt is written also where the meter does not read, and shown before it is written.');

  addConnectionOptions(program.command('watch'))
    .description('Show live values until Ctrl-C; without a terminal, one line of JSON per reading')
    .argument('[table...]', 'which tables', ['BT28'])
    .option('--interval <seconds>', 'interval between readings', wholeNumber(1, MAX_INTERVAL_SECONDS), 5)
    .option('--rounds <n>', 'end after this number of readings', wholeNumber(1))
    .addOption(pace())
    .option('--json', 'lines of JSON in a terminal as well')
    .addOption(traceOption())
    .action(async (names: readonly string[], options: ConnectionOptions & WatchOptions) => {
      const tables = names.map(tableNamed);
      await runWatch(await meterSettings(options, terminal), tables, options, terminal);
    })
    .addHelpText(
      'after',
      examples('watch BT23 BT28 --tcp 192.168.1.20:2000', 'watch --simulator --interval 1 | jq .payload'),
    );
}

function addHistoryCommand(program: Command, terminal: Terminal, finish: Finish): void {
  addConnectionOptions(program.command('history'))
    .description('Read what the meter remembers, oldest first')
    .addArgument(new Argument('[what]', 'kind of records').choices(HISTORY_KINDS).default('intervals'))
    .option('--days <n>', 'only the last days', wholeNumber(DAYS_LIMITS.min, DAYS_LIMITS.max))
    .option('--data-set <n>', 'data set of the load profile (the one that the meter displays)', wholeNumber(1, 4))
    .option('--csv', 'print lines of CSV')
    .addOption(json().conflicts('csv'))
    .addOption(pace())
    .addOption(traceOption())
    .action(async (what: HistoryKind, options: ConnectionOptions & HistoryOptions) => {
      finish(await runHistory(await meterSettings(options, terminal), what, options, terminal));
    })
    .addHelpText(
      'after',
      examples('history --days 30 --csv --serial /dev/ttyUSB0 > month.csv', 'history events --json --simulator'),
    );
}

function addOfflineCommands(program: Command, terminal: Terminal, finish: Finish): void {
  addDimensionOptions(program.command('decode'))
    .description('Decode bytes of a table that were read elsewhere')
    .argument('<table>', 'name or number, such as BT23')
    .argument('[hex...]', 'the bytes, with any separators; read from the input if left out or -')
    .option('--offset <n>', 'offset of the first byte in the table', wholeNumber(0), 0)
    .addOption(json())
    .action(async (name: string, words: readonly string[], options: DecodeOptions) => {
      await runDecode(tableNamed(name), words, options, terminal);
    })
    .addHelpText(
      'after',
      examples('decode BT23 64000000 08000000 --summations 2 --tiers 0', 'decode BT01 - < bytes.txt'),
    );

  addDimensionOptions(addKeyOptions(program.command('explain'), EXPLAIN_KEY))
    .description('Explain recorded requests and responses, and traces')
    .argument(
      '[message...]',
      'hex, with or without 0x, separators, length, digest; or a file; read from the input if left out or -',
    )
    .option('--table <table>', 'table of an answer without its request')
    .option('--offset <n>', 'offset of that answer', wholeNumber(0))
    .addOption(json())
    .action(async (words: readonly string[], options: ExplainCommandOptions & DimensionOptions) => {
      finish(await runExplain(words, options, terminal));
    })
    .addHelpText(
      'after',
      examples(
        'explain "00 14 3F 00 17 00 00 00 00 2C 01 02 03 04 74 86 1F 6D 76 58 DD 56" "00 0D 0C 77 63 5B 90 35 86 3C 1D F5 B9 14 82"',
        'explain < log.txt',
        'explain meter.trace',
      ),
    )
    .addHelpText('after', '\nDigests are checked when a key is given. The exit code is 1 if a message has an error.');

  program
    .command('replay')
    .description('Replay a trace or report with this version, and show every different outcome')
    .argument('<file>', 'a trace, or a report with one')
    .addOption(json())
    .action(async (file: string, options: JsonOption) => {
      finish(await runReplay(file, options.json ?? false, terminal));
    })
    .addHelpText('after', examples('replay meter.trace', 'replay report.json --json'))
    .addHelpText(
      'after',
      '\nIt ends with 0 when nothing differs, 1 when something does, 2 when a line cannot be read.',
    );

  program
    .command('ports')
    .description('List the serial ports of this machine')
    .addOption(json())
    .action(async (options: JsonOption) => {
      await runPorts(options.json ?? false, terminal);
    });

  program
    .command('tables')
    .description('List the tables; a single table with all its fields')
    .argument('[words...]', 'words of its name or description')
    .addOption(json())
    .action((words: readonly string[], options: JsonOption) => {
      finish(runTables(words, options.json ?? false, terminal));
    })
    .addHelpText('after', examples('tables energy', 'tables BT23'));
}

function addSimulateCommand(program: Command, terminal: Terminal): void {
  addSimulateOptions(program.command('simulate'))
    .description('Serve a simulated meter on a TCP port or a pseudo terminal until Ctrl-C')
    .action(async (options: SimulateOptions) => {
      await runSimulate(options, terminal);
    })
    .addHelpText(
      'after',
      examples(
        'simulate --tcp 0.0.0.0:2000',
        'simulate --pty /tmp/meter --optical --profile gen4 --faults drop=0.05',
        'simulate --from report.json --tcp 2000',
      ),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  nes-meter ${line}`).join('\n')}`;
}
