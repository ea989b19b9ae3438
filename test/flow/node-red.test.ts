import assert from 'node:assert/strict';
import { CHOSEN_MAJOR } from '../support/node-red/node-red-home.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';

describe('The Node-RED that flows are tried on', () => {
  it(`is version ${CHOSEN_MAJOR} and loads every node of the package`, async () => {
    const nodeRed = await NodeRedProcess.install();
    try {
      await nodeRed.start();
      assert.match(nodeRed.log, new RegExp(`Node-RED version: v${CHOSEN_MAJOR}\\.`));
      assert.match(nodeRed.log, new RegExp(`Node\\.js +version: ${process.version}`));
      const answer = await fetch(`http://127.0.0.1:${nodeRed.port}/nodes`, { headers: { Accept: 'application/json' } });
      const sets = (await answer.json()) as { module: string; name: string; enabled: boolean; err?: string }[];
      const own = sets.filter(({ module }) => module === '@nes-meter/node-red-nes-meter');
      assert.ok(own.length >= 8);
      assert.deepEqual(
        own.filter(({ enabled, err }) => !enabled || err !== undefined),
        [],
      );
    } finally {
      await nodeRed.remove();
    }
  });
});
