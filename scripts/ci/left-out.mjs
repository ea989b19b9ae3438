// Lists the tests that `npm test` left out.
console.log(
  'Left out: npm run test:system (real brokers, pseudo-terminals and a browser; needs Debian packages, see README)',
);
