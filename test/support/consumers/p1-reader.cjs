/* Prints the first reading that p1-reader takes from a serial port: p1-reader.cjs FOLDER PORT */
const { createRequire } = require('node:module');

const [folder, port] = process.argv.slice(2);
const P1Reader = createRequire(`${folder}/`)('p1-reader');
const reader = new P1Reader({ port, baudRate: 115200, parity: 'none', dataBits: 8, stopBits: 1 });
reader.on('reading', (reading) => {
  console.log(JSON.stringify(reading));
  process.exit(0);
});
// It waits eleven seconds for a telegram and then says so, but goes on reading.
reader.on('error', (error) => {
  console.error(String(error));
});
