// `npm start`: Node-RED with this package, a simulated meter, an embedded MQTT broker and the demo flows.
// Everything is kept in .demo/, which git ignores; Ctrl-C ends everything.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Aedes } from 'aedes';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const PACKAGE = '@nes-meter/node-red-nes-meter';
/** The name of the broker node that the examples share. */
const DEMO_BROKER = 'MQTT broker';
const DEMO_FLOWS = ['1-live-values.json', '2-home-assistant.json'];

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '1880' },
    'mqtt-port': { type: 'string', default: process.env.MQTT_PORT ?? '1883' },
    'user-dir': { type: 'string', default: join(root, '.demo') },
    reset: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) {
  console.log(`Usage: npm start -- [options]

  --port N        port of Node-RED (default 1880, or PORT)
  --mqtt-port N   port of the embedded MQTT broker (default 1883, or MQTT_PORT)
  --user-dir DIR  where Node-RED keeps its files (default .demo)
  --reset         start again from the demo flows
  -h, --help      this text`);
  process.exit(0);
}

const httpPort = portNumber('port');
const mqttPort = portNumber('mqtt-port');
const userDir = resolve(options['user-dir']);

for (const [port, option, what] of [
  [httpPort, '--port', 'Node-RED'],
  [mqttPort, '--mqtt-port', 'the MQTT broker'],
]) {
  if (!(await isFree(port))) {
    fail(
      `Port ${port}, wanted for ${what}, is taken. End the other program, or choose another: npm start -- ${option} N`,
    );
  }
}

prepareUserDir();
const broker = await startBroker();
const nodeRed = spawn(process.execPath, [require.resolve('node-red/red.js'), '--userDir', userDir], {
  cwd: userDir,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let isReady = false;
let startLog = '';
nodeRed.stdout.setEncoding('utf8').on('data', (text) => {
  if (isReady) process.stdout.write(text);
  else if ((startLog += text).includes('Started flows')) announce();
});
nodeRed.on('exit', (code) => {
  broker.close();
  if (!isReady) console.error(`Node-RED did not start:\n${startLog}`);
  process.exitCode = isReady ? 0 : (code ?? 1);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => nodeRed.kill('SIGINT'));

function announce() {
  isReady = true;
  console.log(`
  Node-RED with a simulated meter:  http://localhost:${httpPort}   (values: debug sidebar, the beetle)
  MQTT broker:                      mqtt://localhost:${mqttPort}   (try: mosquitto_sub -p ${mqttPort} -t '#' -v)
  Ctrl-C ends everything.
`);
}

/** Writes settings, a link to this package, and the demo flows unless the user has flows there. */
function prepareUserDir() {
  if (options.reset) rmSync(join(userDir, 'flows.json'), { force: true });
  mkdirSync(join(userDir, 'node_modules', dirname(PACKAGE)), { recursive: true });
  const link = join(userDir, 'node_modules', PACKAGE);
  rmSync(link, { force: true, recursive: true });
  symlinkSync(root, link, 'junction');
  writeFileSync(
    join(userDir, 'package.json'),
    `${JSON.stringify({ name: 'nes-meter-demo', private: true }, null, 2)}\n`,
  );
  writeFileSync(join(userDir, 'settings.js'), settings());
  const flows = join(userDir, 'flows.json');
  const nodes = existsSync(flows) ? JSON.parse(readFileSync(flows, 'utf8')) : demoFlows();
  writeFileSync(flows, JSON.stringify(nodes.map(onDemoBroker), null, 2));
}

function settings() {
  const value = {
    uiHost: '127.0.0.1',
    uiPort: httpPort,
    flowFile: 'flows.json',
    credentialSecret: 'nes-meter-demo',
    contextStorage: { default: { module: 'localfilesystem' } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false } },
    externalModules: { autoInstall: false, palette: { allowInstall: false } },
  };
  return `module.exports = ${JSON.stringify(value, null, 2)};\n`;
}

/** The example flows, which share one simulated meter, publishing to the embedded broker. */
function demoFlows() {
  const nodes = DEMO_FLOWS.flatMap((file) => JSON.parse(readFileSync(join(root, 'examples', file), 'utf8')));
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

/** Updates the port of the demo's broker, which may have changed: a broker at the old port is not the demo's. */
function onDemoBroker(node) {
  return node.type === 'mqtt-broker' && node.name === DEMO_BROKER ? { ...node, port: String(mqttPort) } : node;
}

async function startBroker() {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise((resolve, reject) => server.once('error', reject).listen(mqttPort, '127.0.0.1', resolve));
  return {
    close: () => {
      server.close();
      aedes.close();
    },
  };
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function portNumber(option) {
  const port = Number(options[option]);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    fail(`--${option} must be a port number, not ${options[option]}`);
  return port;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
