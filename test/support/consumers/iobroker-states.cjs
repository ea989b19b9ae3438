/* Prints each state of the adapter that ioBroker's database has or gets, as a line of JSON: iobroker-states.cjs FOLDER PORT */
const { createRequire } = require('node:module');

const PATTERN = 'mqtt-client.0.homie.*';
const [folder, port] = process.argv.slice(2);
const { Client } = createRequire(`${folder}/`)('@iobroker/db-states-jsonl');
const print = (id, state) => {
  if (state) console.log(JSON.stringify({ id, value: state.val }));
};
const logger = { silly() {}, debug() {}, info() {}, warn: console.error, error: console.error };
const client = new Client({
  connection: { host: '127.0.0.1', port: Number(port), options: {} },
  logger,
  namespace: 'test',
  change: print,
  connected: async () => {
    await client.subscribe(PATTERN);
    const ids = (await client.getKeys(PATTERN)) ?? [];
    for (const id of ids) print(id, await client.getState(id));
  },
});
