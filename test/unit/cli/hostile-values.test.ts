import assert from 'node:assert/strict';
import { MeterError, PROTOCOL_ERROR_CODES, TRANSPORT_ERROR_CODES } from '../../../src/errors.js';
import { jsonText, listText, tableText } from '../../../src/cli/layout-text.js';
import { CommandError, errorText } from '../../../src/cli/texts.js';
import { runCli } from '../../support/cli/recorded-terminal.js';

const HOSTILE = 'a\u001b[2Jb\u009b31mc\r\n\u202ed\u2028e\u007f';
const SHOWN = 'a�[2Jb�31mc �d e�';
/** Characters that control a terminal. */
const COMMANDS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const withoutLineEnds = (text: string): string => text.replaceAll('\n', '');

describe('Values from outside on a terminal', () => {
  it('tables and lists show them on one line, without control characters', () => {
    assert.equal(tableText([{ heading: 'X' }], [[HOSTILE]]), `X\n${SHOWN}\n`);
    assert.equal(listText([['X', HOSTILE]]), `X  ${SHOWN}\n`);
  });

  it('JSON has them escaped, and stays the same JSON', () => {
    const text = jsonText({ [HOSTILE]: [HOSTILE, '\u{e0041}'] });
    assert.doesNotMatch(withoutLineEnds(text), COMMANDS);
    assert.deepEqual(JSON.parse(text), { [HOSTILE]: [HOSTILE, '\u{e0041}'] });
  });

  it('errors of every kind show them on one line', () => {
    for (const code of [...TRANSPORT_ERROR_CODES, ...PROTOCOL_ERROR_CODES]) {
      const text = errorText(new MeterError(code, HOSTILE));
      assert.ok(text.endsWith(`\n  [${code}: ${SHOWN}]`), text);
    }
    for (const error of [new CommandError(HOSTILE), new Error(HOSTILE)]) {
      assert.doesNotMatch(withoutLineEnds(errorText(error)), COMMANDS);
    }
  });

  it('a serial number of a meter is shown so, in a table and as JSON', async () => {
    const bytes = hexOf('41\u001b]0;x\u0007'.padEnd(20, ' '));
    for (const words of [[], ['--json']]) {
      const { output, errors } = await runCli(['decode', 'ET03', bytes.padEnd(400, '0'), ...words]);
      assert.match(output, /41/, errors);
      assert.doesNotMatch(withoutLineEnds(output + errors), COMMANDS);
    }
  });

  it('a command line that is not understood is shown so', async () => {
    for (const words of [
      ['read', HOSTILE, '--simulator'],
      ['--\u001b[2J'],
      ['decode', 'BT01', '00', '--dimensions', HOSTILE],
    ]) {
      const { exitCode, output, errors } = await runCli(words);
      assert.equal(exitCode, 2);
      assert.doesNotMatch(withoutLineEnds(output + errors), COMMANDS);
    }
  });
});
