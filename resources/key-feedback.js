// Tells, while a key is typed, what Node-RED will make of it. Nothing of the key leaves the page.
window.nesMeterKey = (() => {
  const TEXTS = '@nes-meter/node-red-nes-meter/mep-config:mep-config.keyFeedback.';
  /** What the button says that takes a key in the other form. */
  const TAKE_AS = {
    ascii: '@nes-meter/node-red-nes-meter/mep-config:mep-config.label.takeAsCharacters',
    hex: '@nes-meter/node-red-nes-meter/mep-config:mep-config.label.takeAsDigits',
  };
  /** What Node-RED shows of a password that is stored. */
  const STORED = '__PWRD__';
  const ENVIRONMENT = /^\$\{[^}]+\}$/;
  const [SHORTEST_BYTES, LONGEST_BYTES] = [16, 20];
  /** The optical port takes whole keys only. */
  const SHORTEST_OPTICAL_BYTES = 20;
  const USABLE = ['ascii', 'ascii-like-hex', 'hex'];

  /** How many bytes a text stands for; undefined: none. */
  function byteCount(text, form) {
    if (form === 'ascii') return /^[\x20-\x7e]*$/.test(text) ? text.length : undefined;
    const digits = text.replace(/[\s:-]/g, '');
    return digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits) ? digits.length / 2 : undefined;
  }

  function findingOf(text, form, bytes, shortest) {
    if (text === '') return 'empty';
    if (bytes === undefined) return `not-${form}`;
    if (bytes < shortest) return 'too-short';
    if (bytes > LONGEST_BYTES) return 'too-long';
    if (form === 'hex') return 'hex';
    return /^[0-9a-fA-F]+$/.test(text) ? 'ascii-like-hex' : 'ascii';
  }

  /**
   * What a text is as a key.
   * @param format auto, ascii or hex
   * @param shortest the fewest bytes that will do
   */
  function describe(text, format, shortest = SHORTEST_BYTES) {
    const trimmed = text.trim();
    const form = format === 'hex' || (format === 'auto' && trimmed.length > LONGEST_BYTES) ? 'hex' : 'ascii';
    const bytes = byteCount(trimmed, form);
    const finding = findingOf(trimmed, form, bytes, shortest);
    const count = finding === 'empty' || bytes === undefined ? 0 : bytes;
    return { isUsable: USABLE.includes(finding), finding, form, characters: trimmed.length, bytes: count };
  }

  /**
   * The name of the text that fits an input's content: a finding (`too-short-optical` at the optical port), `stored` or
   * `environment`.
   */
  function noteOf(text, format, protocol = 'mep') {
    if (text === STORED) return { name: 'stored', isGood: true, values: {} };
    if (ENVIRONMENT.test(text.trim())) return { name: 'environment', isGood: true, values: {} };
    const { finding, isUsable, characters, bytes } = describe(text, format, shortestOf(protocol));
    const name = protocol === 'optical' && finding === 'too-short' ? 'too-short-optical' : finding;
    return { name, isGood: isUsable || finding === 'empty', values: { characters, bytes } };
  }

  /** The fewest bytes of a key of a port. */
  function shortestOf(protocol) {
    return protocol === 'optical' ? SHORTEST_OPTICAL_BYTES : SHORTEST_BYTES;
  }

  /** The form in which a text is a key; undefined where it is none in either. No text is one in both. */
  function fittingForm(text, protocol = 'mep') {
    return ['ascii', 'hex'].find((form) => describe(text, form, shortestOf(protocol)).isUsable);
  }

  /**
   * Tells below an input what its key is, while it is typed.
   * @param input jQuery object of the password input
   * @param format jQuery object of the select for the key's format
   * @param protocol jQuery object of the select for the meter's port
   * @param note jQuery object of an element beside it
   */
  function attach(input, format, protocol, note) {
    // An empty field says nothing: its placeholder does.
    const tell = () => {
      const { name, isGood, values } = noteOf(input.val(), format.val(), protocol.val());
      note.text(name === 'empty' ? '' : RED._(TEXTS + name, values));
      note.toggleClass('nes-meter-bad', !isGood);
      if (!isGood) offerForm(fittingForm(input.val(), protocol.val()));
    };
    const offerForm = (form) => {
      if (!form) return;
      $('<button type="button" class="red-ui-button red-ui-button-small nes-meter-take-as">')
        .text(RED._(TAKE_AS[form]))
        .appendTo(note)
        .on('click', () => {
          format.val(form).trigger('change');
          input.trigger('focus');
        });
    };
    note.attr('aria-live', 'polite');
    input.on('input change', tell);
    format.on('change', tell);
    protocol.on('change', tell);
    tell();
  }

  return { attach, describe, fittingForm, noteOf };
})();
