// The field in which the edit dialogs take a table: a name is typed, or a word of what is looked for.
window.nesMeterTables = (() => {
  const TEXTS = '@nes-meter/node-red-nes-meter/mep-config:mep-config.tables.';
  const NAME = /^[BE]T\d{2,3}$/i;
  const ENVIRONMENT = /^\$\{[^}]+\}$/;

  const wordsOf = (text) => text.toLowerCase().split(/[^a-z0-9$]+/);

  /** How well one word names a table; 0: not at all. */
  function likeness(table, word) {
    const name = table.name.toLowerCase();
    if (name === word) return 100;
    const hex = '0x' + table.number.toString(16);
    if ([String(table.number), hex, name.slice(2)].includes(word) || Number(name.slice(2)) === Number(word)) return 80;
    if (name.startsWith(word)) return 60;
    if (wordsOf(table.title).some((part) => part.startsWith(word))) return 40;
    if (table.title.toLowerCase().includes(word)) return 25;
    if (wordsOf(table.summary).some((part) => part.startsWith(word))) return 15;
    return table.summary.toLowerCase().includes(word) ? 8 : 0;
  }

  /** The tables that every word fits, the likeliest first; all of them, the named one first, where there is nothing to look for. */
  function search(tables, text) {
    const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const named = tables.find((table) => table.name.toLowerCase() === words.join(' '));
    if (words.length === 0) return [...tables];
    if (named) return [named, ...tables.filter((table) => table !== named)];
    const likenessOf = (table) => {
      const each = words.map((word) => likeness(table, word));
      return each.includes(0) ? 0 : each.reduce((sum, one) => sum + one);
    };
    return tables
      .map((table) => ({ table, likeness: likenessOf(table) }))
      .filter((found) => found.likeness > 0)
      .sort((one, other) => other.likeness - one.likeness)
      .map((found) => found.table);
  }

  /** Whether a field of a dialog may hold this: a table's name, an environment variable, or nothing. */
  const isPossible = (value) => !value || NAME.test(value) || ENVIRONMENT.test(value);

  function choiceOf(table) {
    const label = $('<div class="nes-meter-table">');
    $('<b>').text(table.name).appendTo(label);
    $('<span>').text(table.title).appendTo(label);
    $('<small>').text(table.summary).appendTo(label);
    return { value: table.name, label };
  }

  /**
   * Makes an input offer the tables of the catalogue, and tells below it what the chosen one is.
   * @param input jQuery object of a text input
   * @param note jQuery object of an element beside it
   * @param empty what an empty input means, in words
   */
  function attach(input, note, empty) {
    let tables = [];
    const tell = () => {
      const value = input.val().trim();
      const table = tables.find(({ name }) => name.toLowerCase() === value.toLowerCase());
      note.empty();
      if (value === '') note.text(empty);
      else if (table) {
        $('<b>').text(table.title).appendTo(note);
        note.append($('<br>'), document.createTextNode(table.summary + ' ' + RED._(TEXTS + 'read-' + table.read)));
      } else if (tables.length > 0 && !ENVIRONMENT.test(value)) note.text(RED._(TEXTS + 'unknown'));
    };
    input.autoComplete({ minLength: 0, search: (text) => search(tables, text).map(choiceOf) });
    // The list puts a choice made with Tab or Enter into the input without an event of its own.
    input.on('change input keyup blur', tell);
    input.on('keydown', (event) => {
      if (event.key === 'Tab' || event.key === 'Enter') setTimeout(() => input.trigger('change'));
    });
    $.getJSON('nes-meter/tables').done((answer) => {
      tables = (answer && answer.tables) || [];
      tell();
    });
    tell();
  }

  return { attach, isPossible, search };
})();
