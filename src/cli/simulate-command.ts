import { once } from 'node:events';
import { DEMO_KEY, DEMO_OPTICAL_KEY, type Simulation, type SimulationSettings, startSimulation } from '../internal.js';
import { givenKey } from './options.js';
import { simulationSettings, type SimulateOptions } from './simulate-options.js';
import type { Terminal } from './terminal.js';

/** Serves a simulated meter until Ctrl-C, which is its normal end. */
export async function runSimulate(options: SimulateOptions, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const { optical, mbk, rk } = options;
  const key = (optical ? rk : mbk) ?? (await givenKey(options, terminal));
  const settings = simulationSettings(options, key);
  const simulation = await startSimulation(settings);
  try {
    terminal.out(simulationText(simulation, settings, key !== undefined));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await simulation.close();
  }
}

/** What it is, how to connect, and last the addresses, when all of them can be used. A given key is never printed. */
function simulationText({ meter, served }: Simulation, settings: SimulationSettings, hasKey: boolean): string {
  const { manufacturer, model, firmware } = meter.profile;
  const [major, minor, build] = firmware.map((part) => String(part).padStart(2, '0'));
  const isOptical = settings.optical !== undefined;
  const lines = [
    `Simulated meter ${meter.serial}: ${manufacturer} ${model}`,
    `  firmware ${Number(major)}.${minor ?? ''}.${build ?? ''} (${settings.profile})`,
    `  protocol ${isOptical ? 'optical' : 'mep'}`,
    ...(isOptical ? [] : [`  security ${settings.wantsTls ? 'tls' : 'digest or rc4'}`]),
    `  key ${hasKey ? '(the one you gave)' : isOptical ? DEMO_OPTICAL_KEY : DEMO_KEY}`,
    ...served.map(({ address }) => `listening on ${address}`),
    'Ctrl-C ends it.',
  ];
  return `${lines.join('\n')}\n`;
}
