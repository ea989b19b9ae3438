import assert from 'node:assert/strict';
import { askedFor, type Stage, stage } from '../../support/meter/meter-stage.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Reads every ten seconds for so long. @returns the number of answered reads */
async function poll({ clock, meter }: Stage, forMs: number): Promise<number> {
  let answered = 0;
  for (const end = clock.now() + forMs; clock.now() < end;) {
    const next = clock.now() + 10_000;
    const bytes = await clock.run(
      meter.readTable('BT28').then(
        ({ bytes: { length } }) => length,
        () => 0,
      ),
    );
    if (bytes > 0) answered++;
    if (next > clock.now()) await clock.advance(next - clock.now());
  }
  return answered;
}

describe('A meter that is read all day', () => {
  it('does not respond during minutes of optical access, and is read right afterwards', async () => {
    const made = stage({ minIntervalMs: 1_000 });
    const { clock, meter, transport } = made;
    await poll(made, MINUTE);
    const requests = meter.counters.requests;
    transport.meter.powerOff();
    assert.equal(await poll(made, 12 * MINUTE), 0);
    assert.equal(meter.state, 'silent');
    // A request and its three repetitions for each of the polls, and no more.
    const polls = (12 * MINUTE) / 10_000;
    const asked = meter.counters.requests + meter.counters.retries - requests;
    assert.ok(asked <= 4 * polls + 20, `${asked} packets in ${polls} polls`);
    transport.meter.powerOn();
    const back = clock.now();
    await clock.run(meter.readTable('BT28'));
    assert.equal(meter.state, 'online');
    assert.ok(clock.now() - back < 5_000, `${clock.now() - back} ms`);
    assert.equal(await poll(made, MINUTE), 6, 'each poll is answered again');
  });

  it('raises alerts for hours, and is read between them', async () => {
    const made = stage({ minIntervalMs: 1_000 });
    await poll(made, MINUTE);
    made.transport.meter.setAlert(true);
    assert.equal(await poll(made, 2 * HOUR), 720);
    assert.equal(made.meter.state, 'online');
    made.transport.meter.setAlert(false);
    assert.equal(await poll(made, MINUTE), 6);
  });

  it('is asked neither faster nor slower when the clock of the host jumps', async () => {
    const made = stage({ minIntervalMs: 1_000 });
    const { clock, meter } = made;
    await poll(made, MINUTE);
    const date = clock.date.bind(clock);
    for (const jump of [365 * 24 * HOUR, -30 * 24 * HOUR]) {
      clock.date = () => new Date(date().getTime() + jump);
      const before = askedFor(made, 28);
      assert.equal(await poll(made, 5 * MINUTE), 30);
      assert.equal(askedFor(made, 28) - before, 30);
      const { table } = await clock.run(meter.readTable('BT28'));
      const ageMs = clock.date().getTime() - Date.parse(table.readAt);
      assert.ok(ageMs >= 0 && ageMs < 200, `${ageMs} ms: its dimensions were looked at after it`);
      assert.equal(meter.status.lastReading?.getTime(), clock.date().getTime());
      assert.ok(meter.status.withoutReadingMs < 1_000);
    }
  });
});
