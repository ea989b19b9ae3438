/** `npm run bench`: the performance limits of the package, as ratios to other work in the same run where there is any. */
import { benchCycle } from './cycle.js';
import { benchDecode } from './decode.js';
import { benchDigest } from './digest.js';
import { benchHistory } from './history.js';
import type { Row } from './measure.js';
import { benchOptical } from './optical.js';
import { benchRequire } from './require.js';
import { benchTables } from './tables.js';
import { benchTls } from './tls.js';
import { benchTrace } from './trace.js';

async function main(): Promise<void> {
  const rows: Row[] = [
    ...benchDigest(),
    ...benchDecode(),
    ...benchTables(),
    ...benchHistory(),
    ...benchRequire(),
    ...(await benchCycle()),
    ...(await benchTls()),
    ...(await benchOptical()),
    ...(await benchTrace()),
  ];
  for (const { what, figure, limit, isWithin } of rows) {
    const verdict = isWithin === undefined ? 'not judged' : isWithin ? 'ok' : 'TOO SLOW';
    console.log(`${what}\n  ${figure}\n  ${limit}: ${verdict}`);
  }
  if (rows.some((row) => row.isWithin === false)) process.exitCode = 1;
}

void main();
