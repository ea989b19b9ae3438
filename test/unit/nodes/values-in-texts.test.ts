import assert from 'node:assert/strict';
import { textsOf as textsOfEditor } from '../../../editor/texts.js';
import { errorText, NodeError, toNodeError } from '../../../nodes/lib/errors.js';
import { statusText, textFrom } from '../../../nodes/lib/texts.js';
import { TransportError } from '../../../src/errors.js';
import { processorMs } from '../../support/processor-time.js';
import { loadCatalogues, textsOf } from '../../support/node-red/node-red-texts.js';
import { catalogueOf, keysOf, LANGUAGES, lookUp, placeholders, SETS } from '../../support/node-red/texts.js';

/** Limit for one text, the mean of hundreds. */
const LIMIT_MS = 5;
const ESC = '\u001b';
/** Values, and the text that is shown for each of them. */
const HOSTILE: Readonly<Record<string, readonly [value: string, shown: string]>> = {
  'nesting of i18next': [`$t(${'a'.repeat(200)}`, `$t(${'a'.repeat(200)}`],
  'a whole nesting': ['$t(mep-alarm.node.name)', '$t(mep-alarm.node.name)'],
  'a placeholder': ['__serial____value____x__', '__serial____value____x__'],
  'another placeholder': ['{{serial}} ${serial} %s $& $1', '{{serial}} ${serial} %s $& $1'],
  'a name of a text': ['mep-config:errors.no-answer', 'mep-config:errors.no-answer'],
  'a sequence of a terminal': [`${ESC}[2J${ESC}]0;x\u0007\u009b31m`, '�[2J�]0;x��31m'],
  'line breaks': ['a\r\nBcc: b\u2028c\u0085d', 'a Bcc: b c d'],
  'another direction': ['12\u202e43\u2066', '12�43�'],
  'half a character': ['a\ud800b', 'a�b'],
  'a megabyte': ['a'.repeat(1 << 20), `${'a'.repeat(399)}…`],
};

/** The correct text: every placeholder is replaced with the shown value, and nothing else is changed. */
const expected = (template: string, shown: string): string =>
  template
    .split(/__\w+?__/)
    .join(shown)
    .slice(0, 1_999);

describe('Values in texts', () => {
  before(() => loadCatalogues());

  for (const language of LANGUAGES) {
    for (const [what, [value, shown]] of Object.entries(HOSTILE)) {
      it(`${language}: ${what} appears unchanged in each text, and takes no time`, () => {
        let tried = 0;
        const started = processorMs();
        for (const set of SETS) {
          const catalogue = catalogueOf(language, set);
          const RED = textsOf(set, language);
          for (const key of keysOf(catalogue).filter((name) => !/_(one|other)$/.test(name))) {
            const template = lookUp(catalogue, key) as string;
            const values = Object.fromEntries(placeholders(template).map((name) => [name, value]));
            const text = textFrom(RED, key, values);
            assert.equal(text.slice(0, 1_999), expected(template, shown), `${set} ${key}`);
            tried++;
          }
        }
        assert.ok(tried > 500, `only ${tried} texts`);
        const each = (processorMs() - started) / tried;
        assert.ok(each < LIMIT_MS, `${each} ms a text`);
      });
    }

    it(`${language}: a count chooses between singular and plural`, () => {
      const { one, other } = { one: 'mep-format.status.online_one', other: 'mep-format.status.online_other' };
      const catalogue = catalogueOf(language, 'mep-format');
      const RED = textsOf('mep-format', language);
      for (const [count, key] of [[1, one] as const, [2, other] as const, [0, other] as const]) {
        assert.equal(
          textFrom(RED, 'mep-format.status.online', { count }),
          (lookUp(catalogue, key) as string).replace('__count__', String(count)),
        );
      }
    });
  }

  it('no value reaches the i18n of Node-RED, nor any option of its own', () => {
    const seen: unknown[] = [];
    const RED = { _: (...words: unknown[]) => `${seen.push(words)}: __lng__` } as never;
    textFrom(RED, 'a.key', { lng: 'da', context: 'x', defaultValue: '$t(x)', count: '3', replace: 'y' });
    assert.deepEqual(seen, [['a.key', { skipInterpolation: 1 }]]);
  });

  it('errors give the detail on one line, in their stack as well', () => {
    const RED = textsOf('mep-alarm', 'en-US');
    const detail = `no ${ESC}[2Jport\r\n1 Jan - [error] forged $t(${'b'.repeat(40)}`;
    const error = new TransportError('port-failed', detail);
    const shownError = toNodeError(RED, error);
    assert.ok(
      shownError.message.endsWith(`[no �[2Jport 1 Jan - [error] forged $t(${'b'.repeat(40)}]`),
      shownError.message,
    );
    const [first, ...frames] = (shownError.stack ?? '').split('\n');
    assert.equal(first, shownError.message);
    assert.ok(frames.length > 3);
    assert.deepEqual(
      frames.filter((frame) => !/^ {4}at /.test(frame)),
      [],
    );
    assert.equal(errorText(RED, new NodeError('kept', error)), 'kept');
  });

  it('a status is never what the editor takes for the name of a text, or interprets', () => {
    for (const text of [
      '$t(x) ok',
      'BT28 $t(aaaa',
      'today __x__ kWh',
      'mep-config:errors.x y',
      'mep-alarm.node.name',
    ]) {
      assert.doesNotMatch(statusText('status.key', text), /^[@a-zA-Z]/, text);
      assert.equal(statusText('status.key', text).trim(), text);
    }
    for (const text of ['BT28 220 bytes', '3 alarms', 'heute 12.3 kWh', '2 af 3 online', 'auf Port 8880']) {
      assert.equal(statusText('status.key', text), text);
    }
    assert.equal(statusText('mep-alarm.status.none', 'mep-alarm.status.none'), 'mep-alarm.status.none');
  });

  it('the dialogs do the same', () => {
    const text = textsOfEditor(textsOf('mep-config', 'en-US'));
    const template = lookUp(catalogueOf('en-US', 'mep-config'), 'mep-config.test.trying') as string;
    for (const [value, shown] of Object.values(HOSTILE)) {
      const started = processorMs();
      assert.equal(text('mep-config.test.trying', { what: value }), expected(template, shown));
      assert.ok(processorMs() - started < 20 * LIMIT_MS);
    }
  });
});
