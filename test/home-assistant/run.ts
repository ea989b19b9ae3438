/** Runs the tests that need a real Home Assistant; where that is not possible, one line says so. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hasMosquitto } from '../support/brokers/mosquitto.js';
import { HOME_ASSISTANT_VERSIONS, installHomeAssistant } from '../support/home-assistant/environment.js';
import { python } from '../support/home-assistant/virtual-environment.js';

async function main(): Promise<void> {
  if (python === undefined || !hasMosquitto) {
    const missing = python === undefined ? 'Python 3.13, or one of pyenv' : 'mosquitto';
    console.log(`Left out altogether: npm run test:home-assistant (needs ${missing})`);
    return;
  }
  for (const version of HOME_ASSISTANT_VERSIONS) {
    const begun = performance.now();
    await installHomeAssistant(version);
    console.log(`Home Assistant ${version}: installed in ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  }
  const mocha = join(dirname(createRequire(__filename).resolve('mocha/package.json')), 'bin/mocha.js');
  const args = [mocha, '--config', 'test/mocha/home-assistant.cjs', ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
