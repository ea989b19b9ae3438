/** Takes writes from a meter's budget in a separate process, and prints how many it got: `<user directory> <meter> <tries>`. */
import { fileLedger } from '../../../nodes/lib/write-ledger.js';
import { isMeterError } from '../../../src/internal.js';
import { spendFor } from '../../../src/meter/write-budget.js';

async function main(): Promise<void> {
  const [userDir = '', meter = '', tries = ''] = process.argv.slice(2);
  const ledger = fileLedger(userDir);
  let made = 0;
  for (let attempt = 0; attempt < Number(tries); attempt++) {
    try {
      await ledger.update((kept) => spendFor(kept, meter, { writes: 1, now: Date.now(), isRenaming: false }));
      made++;
    } catch (error) {
      if (!isMeterError(error) || error.code !== 'write-budget-spent') throw error;
    }
  }
  process.stdout.write(String(made));
}

void main();
