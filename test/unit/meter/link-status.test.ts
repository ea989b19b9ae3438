import assert from 'node:assert/strict';
import type { LinkState } from '../../../src/link-state.js';
import { type LinkStatus, LinkStatusWatch } from '../../../src/meter/index.js';
import { type Stage, stage } from '../../support/meter/meter-stage.js';
import { rejectsWith } from '../../support/assert-error.js';

interface Watched extends Stage {
  watch: LinkStatusWatch;
  /** The reported changes since the first answer, and their times. */
  reported: (LinkStatus & { at: number })[];
  reportedStates: () => LinkState[];
}

function watched(options: Parameters<typeof stage>[0] = {}, staleAfterMs = 180_000): Watched {
  const made = stage(options);
  const { clock, meter } = made;
  const reported: Watched['reported'] = [];
  const watch = new LinkStatusWatch({
    read: () => meter.status,
    onChange: () => {
      const status = watch.status();
      // The duration of the first read compared with the delay of reports does not matter here.
      if (reported.length > 0 || status.state !== 'connecting') reported.push({ ...status, at: clock.now() });
    },
    staleAfterMs,
    clock,
  });
  meter.onStatusChange(() => {
    watch.look();
  });
  return { ...made, watch, reported, reportedStates: () => reported.map(({ state }) => state) };
}

/** Reads once every `everyMs`, also after errors. */
async function poll({ clock, meter }: Stage, times: number, everyMs: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const next = clock.now() + everyMs;
    await clock.run(meter.readTable('BT28').catch(() => undefined));
    if (next > clock.now()) await clock.advance(next - clock.now());
  }
}

describe('The status of a meter', () => {
  it('begins with nothing, and can be sent as JSON at any time', async () => {
    const { clock, meter, watch } = watched();
    const before = watch.status();
    assert.equal(before.online, false);
    assert.equal(before.lastReading, null);
    assert.deepEqual(before.roundTrip, { last: null, mean: null, max: null });
    await clock.run(meter.readTable('BT28'));
    const after = watch.status();
    assert.deepEqual(JSON.parse(JSON.stringify(after)), after);
    assert.equal(after.state, 'online');
    assert.equal(after.online, true);
    assert.equal(after.code, null);
    assert.equal(after.lastReading, clock.date().toISOString());
    assert.ok(after.counters.requests > 0);
    for (const [name, count] of Object.entries(after.counters)) assert.ok(Number.isInteger(count), name);
    assert.equal(before.lastReading, null, 'a snapshot stays as it was');
  });

  it('reports how long responses took', async () => {
    const made = watched();
    await poll(made, 3, 5_000);
    const { last, mean, max } = made.meter.status.roundTrip;
    assert.ok(last !== null && mean !== null && max !== null);
    assert.ok(0 < mean && mean <= max && last <= max, `${last}, ${mean}, ${max}`);
    const rounded = made.watch.status().roundTrip;
    assert.ok(Number.isInteger(rounded.mean) && Math.abs(rounded.mean! - mean) <= 0.5);
  });

  it('is stale when nothing is read any more, and online with the next reading', async () => {
    const made = watched({}, 60_000);
    const { clock, reported, reportedStates } = made;
    await poll(made, 3, 20_000);
    assert.deepEqual(reportedStates(), ['online']);
    const lastReading = reported.length > 0 ? made.watch.status().lastReading : null;
    await clock.advance(60_000);
    assert.deepEqual(reportedStates(), ['online', 'stale']);
    assert.equal(reported[1]?.online, false);
    assert.equal(reported[1].lastReading, lastReading);
    assert.equal(Date.parse(reported[1].since) - Date.parse(lastReading!), 60_000);
    await clock.advance(600_000);
    assert.equal(reported.length, 2);
    await clock.run(made.meter.readTable('BT28'));
    assert.deepEqual(reportedStates(), ['online', 'stale', 'online']);
  });

  it('is never stale when that is switched off', async () => {
    const made = watched({}, 0);
    await made.clock.run(made.meter.readTable('BT28'));
    await made.clock.advance(7 * 86_400_000);
    assert.deepEqual(made.reportedStates(), ['online']);
  });

  it('gives a meter that came back as long for its next reading', async () => {
    const made = watched({}, 60_000);
    const { clock, meter, transport, reportedStates } = made;
    await clock.run(meter.readTable('BT28'));
    await clock.advance(5_000);
    transport.unplug();
    await clock.advance(600_000);
    transport.plugIn();
    await clock.advance(30_000);
    assert.deepEqual(reportedStates(), ['online', 'unreachable', 'unreachable', 'online']);
    await clock.advance(60_000);
    assert.equal(reportedStates().at(-1), 'stale');
  });

  it('stays unreachable while opening the port fails, and counts only what came back', async () => {
    const made = watched();
    const { clock, meter, transport, reported } = made;
    await clock.run(meter.readTable('BT28'));
    await clock.advance(5_000);
    transport.unplug();
    await clock.advance(3_600_000);
    const codes = reported.slice(1).map(({ state, code }) => `${state} ${code ?? ''}`);
    assert.deepEqual(codes, ['unreachable connection-lost', 'unreachable port-missing']);
    assert.equal(reported[1]?.since, reported[2]?.since, 'it is one outage');
    assert.equal(made.watch.status().counters.reconnects, 0);
    transport.plugIn();
    await clock.advance(60_000);
    assert.equal(made.watch.status().counters.reconnects, 1);
    assert.equal(reported.at(-1)?.state, 'online');
  });

  it('reports no response and a rejected key with their reasons', async () => {
    const silent = watched();
    silent.transport.meter.powerOff();
    await rejectsWith(silent.clock.run(silent.meter.readTable('BT28')), 'no-answer');
    await silent.clock.advance(1_000);
    assert.deepEqual([silent.reported.at(-1)?.state, silent.reported.at(-1)?.code], ['silent', 'no-answer']);
    assert.ok(silent.watch.status().counters.timeouts > 0);

    const rejected = watched({ key: '00000000000000000000' });
    await rejectsWith(rejected.clock.run(rejected.meter.readTable('BT28')), 'key-rejected');
    await rejected.clock.advance(86_400_000);
    assert.equal(rejected.reportedStates().at(-1), 'key-rejected');
    assert.ok(rejected.reported.length <= 2);
  });

  it('reports a line that goes and comes all the time at most once a second', async () => {
    const made = watched();
    const { clock, transport, reported } = made;
    await poll(made, 2, 2_000);
    for (let i = 0; i < 600; i++) {
      transport.unplug();
      await clock.advance(50);
      transport.plugIn();
      await clock.advance(50);
    }
    assert.ok(reported.length > 1);
    for (const [index, { at }] of reported.slice(1).entries()) assert.ok(at - reported[index]!.at >= 1_000);
    await clock.advance(60_000);
    assert.equal(reported.at(-1)?.state, 'online');
  });

  it('waits a second between two reports, then sends what has lasted', async () => {
    const made = watched();
    const { clock, meter, watch } = made;
    await clock.run(meter.readTable('BT28'));
    await clock.advance(10_000);
    made.transport.meter.setAlert(true);
    while (!watch.status().alerts) await clock.advance(100);
    made.transport.unplug();
    await clock.advance(10);
    assert.equal(watch.status().state, 'unreachable');
    assert.deepEqual(made.reportedStates(), ['online', 'online']);
    await clock.advance(1_000);
    assert.deepEqual(made.reportedStates(), ['online', 'online', 'unreachable']);
  });

  it('reports that alerts began and ended, however often a request delays them', async () => {
    const made = watched();
    const { transport, reported } = made;
    await poll(made, 1, 10_000);
    transport.meter.setAlert(true);
    for (let i = 0; i < 5; i++) {
      await poll(made, 12, 10_000);
      // Consecutive reads leave the meter no time for alerts.
      await poll(made, 40, 900);
    }
    assert.ok(made.meter.status.sinceAlertMs! > 30_000);
    assert.deepEqual(
      reported.map(({ alerts }) => alerts),
      [false, true],
    );
    assert.ok(made.watch.status().counters.alerts > 100);
    transport.meter.setAlert(false);
    await poll(made, 1, 10_000);
    assert.equal(made.watch.status().alerts, false);
    await poll(made, 10, 10_000);
    assert.equal(reported.length, 3);
    assert.equal(reported[2]?.alerts, false);
  });

  it('goes by the span, not by the time of day', async () => {
    const made = watched({}, 60_000);
    const { clock, meter } = made;
    const date = clock.date.bind(clock);
    await clock.run(meter.readTable('BT28'));
    clock.date = () => new Date(date().getTime() + 86_400_000);
    await clock.advance(30_000);
    assert.equal(made.watch.status().state, 'online');
    clock.date = () => new Date(date().getTime() - 86_400_000);
    await clock.advance(30_000);
    assert.equal(made.watch.status().state, 'stale');
  });

  it('leaves no timer behind', async () => {
    const made = watched();
    made.transport.meter.setAlert(true);
    await poll(made, 3, 1_000);
    await made.clock.run(made.meter.close());
    made.watch.close();
    made.watch.look();
    await made.clock.advance(5_000);
    assert.equal(made.clock.pendingTimers, 0);
  });

  it('is closed after closing, keeps its counters, and counts no opening by hand', async () => {
    const made = watched();
    const { clock, meter, watch } = made;
    await clock.run(meter.readTable('BT28'));
    const { requests } = watch.status().counters;
    await clock.run(meter.close());
    assert.equal(watch.status().state, 'closed');
    meter.open();
    await clock.run(meter.readTable('BT28'));
    assert.ok(watch.status().counters.requests > requests);
    assert.equal(watch.status().counters.reconnects, 0);
  });
});
