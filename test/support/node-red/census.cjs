// Loaded into Node-RED first. On SIGWINCH, which a process without a terminal does not get otherwise (SIGUSR2 ends
// Node-RED), it collects garbage and prints the resources that the process holds.
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
