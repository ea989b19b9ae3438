// Texts of the editor with values in them: what nodes/lib/texts.ts is for the runtime.
window.nesMeterTexts = (() => {
  const MAX_VALUE_LENGTH = 400;
  const PLACEHOLDER = /__([A-Za-z]\w*?)__/g;
  const LINE_BREAK = /\r\n|[\t-\r\u0085\u2028\u2029]/g;
  const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

  function printable(value) {
    const text = String(value);
    const head = text.slice(0, MAX_VALUE_LENGTH).replace(LINE_BREAK, ' ').replace(UNPRINTABLE, '\ufffd');
    return text.length > MAX_VALUE_LENGTH ? head.slice(0, -1) + '…' : head;
  }

  /**
   * The texts of a node. The editor's i18n only looks them up: in a value it would interpret `__x__` and `$t(`.
   * @param node has the function `_` of a node
   * @returns a function of a key and of values by placeholder
   */
  function sayOf(node) {
    return (key, values = {}) =>
      node
        ._(key, { skipInterpolation: true })
        .replace(PLACEHOLDER, (_, name) => (Object.hasOwn(values, name) ? printable(values[name]) : ''));
  }

  return { sayOf };
})();
