// Loaded into Node-RED before anything else: on SIGWINCH, which nothing without a terminal gets (SIGUSR2 ends Node-RED),
// the process collects its garbage and prints what it still holds.
const { readdirSync } = require('node:fs');

process.on('SIGWINCH', () => {
  for (let round = 0; round < 2; round++) globalThis.gc?.();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const { rss, heapUsed } = process.memoryUsage();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  const files = readdirSync('/proc/self/fd').length;
  process.stdout.write(`CENSUS ${JSON.stringify({ rss, heapUsed, listeners, files, resources })}\n`);
});
