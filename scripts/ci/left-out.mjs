// Says after `npm test` what it left out.
console.log(
  'Left out: npm run test:system (real brokers, pseudo-terminals and a browser; needs Debian packages, see README)',
);
