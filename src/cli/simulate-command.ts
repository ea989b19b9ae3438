import { once } from 'node:events';
import {
  type Capture,
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  printable,
  type Simulation,
  type SimulationSettings,
  startSimulation,
} from '../internal.js';
import { readCapture } from './capture-file.js';
import { givenKey } from './options.js';
import { simulationSettings, type SimulateOptions } from './simulate-options.js';
import type { Terminal } from './terminal.js';

/** Serves a simulated meter until Ctrl-C, which is its normal end. */
export async function runSimulate(options: SimulateOptions, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const { optical, mbk, rk } = options;
  const key = (optical ? rk : mbk) ?? (await givenKey(options, terminal));
  const captured = options.from === undefined ? undefined : await readCapture(options.from);
  const settings = { ...simulationSettings(options, key), captured };
  const simulation = await startSimulation(settings);
  try {
    terminal.out(simulationText(simulation, settings, key !== undefined, captured));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await simulation.close();
  }
}

function capturedText({ manufacturer, model, firmware, tables, refusals }: Capture): string[] {
  const named = [manufacturer, model].filter((name) => name !== null).join(' ');
  return [
    `Simulated meter of a capture: ${printable(named === '' ? 'not named' : named)}`,
    `  firmware ${printable(firmware ?? 'not named')}`,
    `  tables ${tables.size}, refused ${refusals.size}`,
  ];
}

/** The simulated meter and how to connect to it; the addresses come last, once all can be used. A given key is never printed. */
function simulationText(
  { meter, served }: Simulation,
  settings: SimulationSettings,
  hasKey: boolean,
  captured: Capture | undefined,
): string {
  const { manufacturer, model, firmware } = meter.profile;
  const [major, minor, build] = firmware.map((part) => String(part).padStart(2, '0'));
  const isOptical = settings.optical !== undefined;
  const lines = [
    ...(captured
      ? capturedText(captured)
      : [
          `Simulated meter ${meter.serial}: ${manufacturer} ${model}`,
          `  firmware ${Number(major)}.${minor ?? ''}.${build ?? ''} (${settings.profile})`,
        ]),
    `  protocol ${isOptical ? 'optical' : 'mep'}`,
    ...(isOptical ? [] : [`  security ${settings.wantsTls ? 'tls' : 'digest or rc4'}`]),
    `  key ${hasKey ? '(the one you gave)' : isOptical ? DEMO_OPTICAL_KEY : DEMO_KEY}`,
    ...served.map(({ address }) => `listening on ${address}`),
    'Ctrl-C ends it.',
  ];
  return `${lines.join('\n')}\n`;
}
