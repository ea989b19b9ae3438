// What the dialog of a connection does: it grows with the choices made, finds ports, explains keys and tests.
window.nesMeterDialog = (() => {
  const RESOURCES = 'resources/@nes-meter/node-red-nes-meter/';
  const TEST_LIMIT_S = 60;
  /** Of the editor's channel, where the runtime tells what it tries; the name of the test follows. */
  const PROGRESS_TOPIC = 'nes-meter/test/';
  /** What the edit dialog of Node-RED shows in place of a stored secret. */
  const STORED = '__PWRD__';
  const SETTINGS = [
    'transport',
    'protocol',
    'port',
    'baudRate',
    'dtr',
    'rts',
    'host',
    'tcpPort',
    'security',
    'keyFormat',
  ];
  SETTINGS.push('minInterval', 'profile', 'sessionMode', 'packetSize', 'packetCount', 'userId');
  /** Faults of the line, which a look at the wiring picture may cure. */
  const WIRING_FAULTS = ['no-answer', 'only-alerts', 'unreadable-answer', 'optical-silence', 'optical-noise'];

  const field = (name) => $('#node-config-input-' + name);
  const textOf = (name) => String(field(name).val() ?? '');

  /** Shows what belongs to the chosen transport and protocol. */
  function showChosen() {
    const chosen = [textOf('transport'), textOf('protocol')];
    $('.nes-meter-dialog [data-for]').each((_, element) => {
      const isFor = element.dataset.for.split(' ').some((choice) => chosen.includes(choice));
      $(element).toggle(isFor);
    });
    showWiring();
  }

  /** Loads the picture of the port that is chosen, with its words in the language of the editor. */
  function showWiring() {
    const picture = $('#nes-meter-wiring .nes-meter-picture');
    const protocol = textOf('protocol');
    if (!$('#nes-meter-wiring').prop('open') || picture.data('protocol') === protocol) return;
    picture.data('protocol', protocol);
    $.get({ url: RESOURCES + 'wiring-' + protocol + '.svg', dataType: 'text' }).done((svg) => {
      if (picture.data('protocol') !== protocol) return;
      picture.html(svg.slice(svg.indexOf('<svg')));
      const say = sayOf(picture.data('node'));
      picture.find('svg').attr('aria-label', say('mep-config.wiring.' + protocol));
      picture.find('[data-text]').each((_, text) => {
        text.textContent = say('mep-config.wiring.' + text.dataset.text);
      });
    });
  }

  const sayOf = (node) => window.nesMeterTexts.sayOf(node);

  function offerPorts(say) {
    const ports = $('#nes-meter-ports');
    const showPorts = ({ ports: found = [], code }) => {
      if (code) {
        ports.empty().text(say('mep-config.ports.' + code));
        return;
      }
      ports.empty().text(say(found.length > 0 ? 'mep-config.ports.choose' : 'mep-config.ports.none'));
      for (const port of found) {
        const row = $('<button type="button" class="red-ui-button">').attr('title', port.path).appendTo(ports);
        $('<span>')
          .text(port.label || port.path)
          .appendTo(row);
        if (port.label && port.label !== port.path) $('<small>').text(port.path).appendTo(row);
        row.on('click', () => {
          field('port').val(port.path).trigger('change').trigger('focus');
          ports.prop('hidden', true);
        });
      }
    };
    $('#nes-meter-find-ports').on('click', () => {
      ports.prop('hidden', false).text(say('mep-config.ports.searching'));
      $.getJSON('nes-meter/ports')
        .done((answer) => showPorts(answer || {}))
        .fail(() => ports.text(say('mep-config.ports.failed')));
    });
  }

  /** Folded settings are opened where one of them keeps the dialog from being saved. */
  function openWhereInvalid() {
    const expert = $('#nes-meter-expert');
    if (expert.find('.input-error').length > 0) expert.prop('open', true);
  }

  function open(node) {
    const say = sayOf(node);
    $('#nes-meter-wiring .nes-meter-picture').data('node', node);
    // Connections of before these settings existed have none of them.
    for (const [name, value] of [
      ['protocol', 'mep'],
      ['security', 'digest'],
      ['sessionMode', 'auto'],
      ['packetSize', '64'],
      ['packetCount', '2'],
      ['userId', '1'],
    ]) {
      if (!field(name).val()) field(name).val(value);
    }
    const showDangerous = () => $('#nes-meter-dangerous-writes').toggle(field('allowWrites').prop('checked'));
    field('allowWrites').on('change', showDangerous);
    showDangerous();
    field('transport').on('change', showChosen);
    field('protocol').on('change', showChosen);
    $('#nes-meter-wiring').on('toggle', showWiring);
    showChosen();
    offerPorts(say);
    for (const [name, note] of [
      ['key', '#nes-meter-key-note'],
      ['advancedKey', '#nes-meter-advanced-key-note'],
    ]) {
      window.nesMeterKey.attach(field(name), field('keyFormat'), field('protocol'), $(note));
    }
    prepareTest(node, say);
    setTimeout(openWhereInvalid, 100);
  }

  /** Ends what the dialog began. */
  function close(node) {
    if (node.nesMeterTest) node.nesMeterTest.abort();
  }

  /** Only what was typed since the dialog opened: a stored key does not travel. */
  function typedKeys() {
    const keys = {};
    for (const name of ['key', 'advancedKey']) {
      const typed = field(name).val();
      if (typed !== STORED) keys[name] = typed;
    }
    return keys;
  }

  function prepareTest(node, say) {
    const button = $('#nes-meter-test');
    const caption = button.find('span');
    button.on('click', () => {
      if (node.nesMeterTest) {
        node.nesMeterTest.abort();
        return;
      }
      const settings = Object.fromEntries(SETTINGS.map((name) => [name, textOf(name)]));
      settings.allowWrites = field('allowWrites').prop('checked');
      const test = Math.random().toString(36).slice(2);
      const stopProgress = showProgress(test, say);
      caption.text(say('mep-config.label.stop'));
      node.nesMeterTest = $.ajax({
        url: 'nes-meter/test',
        method: 'POST',
        contentType: 'application/json',
        data: JSON.stringify({ id: node.id, name: textOf('name'), test, settings, credentials: typedKeys() }),
      })
        .done((answer) => showReport(answer, say))
        .fail((request, reason) => {
          const forbidden = request.status === 401 || request.status === 403;
          const failure = reason === 'abort' ? 'stopped' : forbidden ? 'forbidden' : 'unreachable';
          showResult(reason === 'abort' ? '' : 'bad', 'fa-exclamation-circle', say('mep-config.test.' + failure));
        })
        .always(() => {
          stopProgress();
          bringResultIntoView();
          caption.text(say('mep-config.label.test'));
          delete node.nesMeterTest;
        });
    });
  }

  function showResult(kind, icon, text) {
    return $('#nes-meter-result')
      .prop('hidden', false)
      .empty()
      .removeClass('nes-meter-good nes-meter-bad')
      .addClass(kind ? 'nes-meter-' + kind : '')
      .append($('<i aria-hidden="true">').addClass('fa ' + icon), ' ', $('<span>').text(text));
  }

  /** The result stands below the button, which in a low window is below what is seen. */
  function bringResultIntoView() {
    document.getElementById('nes-meter-result')?.scrollIntoView({ block: 'nearest' });
  }

  /** Says that the meter is being asked, what is tried, and how much of the time is over. */
  function showProgress(test, say) {
    const result = showResult('', 'fa-spinner fa-spin', say('mep-config.test.running'));
    const bar = $('<progress>')
      .attr({ max: TEST_LIMIT_S, 'aria-label': say('mep-config.test.running') })
      .val(0)
      .appendTo(result);
    const tell = (text) => result.children('span').text(text);
    bringResultIntoView();
    let isTrying = false;
    const tellTrial = (_, { changes }) => {
      isTrying = true;
      tell(say('mep-config.test.trying', { what: changes.map((change) => settingText(change, say)).join(', ') }));
    };
    const started = Date.now();
    let isWaitShown = false;
    const timer = setInterval(() => {
      const seconds = Math.floor((Date.now() - started) / 1000);
      bar.val(Math.min(seconds, TEST_LIMIT_S));
      // A tick may be late: the first one from the fourth second on shows it.
      if (seconds >= 4 && !isTrying && !isWaitShown) {
        isWaitShown = true;
        tell(say('mep-config.test.waiting', { seconds: TEST_LIMIT_S }));
      }
    }, 1000);
    RED.comms.subscribe(PROGRESS_TOPIC + test, tellTrial);
    return () => {
      clearInterval(timer);
      RED.comms.unsubscribe(PROGRESS_TOPIC + test, tellTrial);
    };
  }

  function showReport(answer, say) {
    const { ok, code, values, proposals = [], alternatives = [], notices = [] } = answer;
    const isLineFault = WIRING_FAULTS.includes(code);
    const isElsewhere = isLineFault && proposals.length > 0;
    const fault = isElsewhere ? 'mep-config.test.elsewhere' : 'errors.' + code;
    const result = ok
      ? showResult('good', 'fa-check-circle', say('mep-config.test.ok'))
      : showResult('bad', 'fa-exclamation-circle', say(fault, values).replace(/ \[\]$/, ''));
    if (code === 'key-not-typed') showKeyField(values.setting);
    if (isLineFault && !isElsewhere) $('#nes-meter-wiring').prop('open', true);
    if (ok || answer.serial !== undefined) showMeter(result, answer, say);
    offerSettings(result, proposals, say, { heading: 'better', id: 'nes-meter-use', notices });
    offerSettings(result, alternatives, say, { heading: 'perhaps', id: 'nes-meter-use-perhaps', notices: [] });
    showNotices(result, notices, say);
    if (answer.answerLimit) showNotice(result, say('mep-config.test.answer-limit', answer.answerLimit));
  }

  /** Where the key is to be typed; one of the two is below the expert settings. */
  function showKeyField(name) {
    if (name === 'advancedKey') $('#nes-meter-expert').prop('open', true);
    field(name).trigger('focus');
  }

  function showNotices(result, notices, say) {
    for (const notice of notices) showNotice(result, say('mep-config.notice.' + notice));
  }

  function showNotice(result, text) {
    $('<p class="nes-meter-notice">').text(text).appendTo(result);
  }

  function showMeter(result, meter, say) {
    const list = $('<dl>').appendTo(result);
    const model = [meter.manufacturer, meter.model].filter(Boolean).join(' ');
    for (const [name, value] of [
      ['model', model],
      ['serial', meter.serial],
      ['firmware', meter.firmware],
    ]) {
      $('<dt>')
        .text(say('mep-config.test.' + name))
        .appendTo(list);
      $('<dd>')
        .text(value || say('mep-config.test.notTold'))
        .appendTo(list);
    }
  }

  /** A setting in the words of the dialog. */
  function settingText({ setting, value }, say) {
    const option = field(setting)
      .find('option')
      .filter((_, candidate) => candidate.value === String(value));
    return say('mep-config.label.' + setting) + ': ' + (option.text() || value);
  }

  /** Offers other settings; they are put into the dialog, nothing is stored and nothing is tried. */
  function offerSettings(result, proposals, say, { heading, id, notices }) {
    const known = proposals.filter(({ setting }) => SETTINGS.includes(setting));
    if (known.length === 0) return;
    const box = $('<div class="nes-meter-proposals">').appendTo(result);
    $('<span>')
      .text(say('mep-config.test.' + heading))
      .appendTo(box);
    const list = $('<ul>').appendTo(box);
    for (const proposal of known) $('<li>').text(settingText(proposal, say)).appendTo(list);
    $('<button type="button" class="red-ui-button">')
      .attr('id', id)
      .text(say('mep-config.label.use'))
      .appendTo(box)
      .on('click', () => {
        for (const { setting, value } of known) field(setting).val(String(value)).trigger('change');
        const taken = showResult('', 'fa-arrow-up', say('mep-config.test.taken'));
        const stillTrue = notices.filter((notice) => notice === 'other-key');
        showNotices(taken, stillTrue, say);
        $('#nes-meter-test').trigger('focus');
      });
  }

  return { open, close };
})();
