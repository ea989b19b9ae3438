// Lists the tests that `npm test` left out.
console.log(
  'Left out: npm run test:system (real brokers, pseudo-terminals and a browser; needs Debian packages, see README)',
);
console.log('Left out: npm run test:home-assistant (a real Home Assistant; needs Python 3.13 and mosquitto)');
