/* Prints what @zandor300/homewizard-energy-api reads of a P1 meter: homewizard-api.cjs FOLDER URL */
const { createRequire } = require('node:module');

const [folder, url] = process.argv.slice(2);
const { P1MeterApi } = createRequire(`${folder}/`)('@zandor300/homewizard-energy-api');
const api = new P1MeterApi(url);

void (async () => {
  const basic = await api.getBasicInformation();
  const data = await api.getData();
  const telegram = await api.getTelegram();
  const identify = await api.identify();
  const system = await api.getSystem();
  console.log(JSON.stringify({ basic, data, telegram, identify, system }));
  process.exit(0);
})();
