import assert from 'node:assert/strict';
import type { FormatMessage } from '../../../src/publish/format.js';
import { type MeterSnapshot, recallSnapshot, rememberSnapshot } from '../../../src/publish/meter-snapshot.js';
import { throwsWith } from '../../support/assert-error.js';
import { decoded } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf, formatted } from '../../support/readings/format-stage.js';

const homie = formatOf('homie');
const TOP = 'homie/nes-83334000001';
const pairs = (messages: readonly FormatMessage[]): [unknown, unknown][] =>
  messages.map(({ topic, payload }) => [topic, payload]);

/** The topics of a controller after these messages. */
const topicsOf = (messages: readonly FormatMessage[]): Record<string, unknown> =>
  Object.fromEntries(messages.map(({ topic, payload }) => [String(topic), payload]));

describe('Homie 4', () => {
  it('publishes the device, values, then ready; all retained but the empty extensions', () => {
    const messages = formatted(homie, decoded('BT23'));
    for (const { topic, retain, payload } of messages) {
      // A controller that is there gets the empty list; retained, it would delete the topic.
      if (topic === `${TOP}/$extensions`) assert.deepEqual([retain, payload], [false, '']);
      else assert.ok(retain === true && payload !== '');
    }
    assert.deepEqual(pairs(messages), [
      [`${TOP}/$homie`, '4.0.0'],
      [`${TOP}/$state`, 'init'],
      [`${TOP}/$extensions`, ''],
      [`${TOP}/$name`, 'Electricity meter 83334000001'],
      [`${TOP}/$nodes`, 'total'],
      [`${TOP}/total/$name`, 'Total'],
      [`${TOP}/total/$type`, 'meter'],
      [`${TOP}/total/$properties`, 'meter-power,meter-power-export'],
      [`${TOP}/total/meter-power/$name`, 'Energy import'],
      [`${TOP}/total/meter-power/$datatype`, 'float'],
      [`${TOP}/total/meter-power/$unit`, 'kWh'],
      [`${TOP}/total/meter-power-export/$name`, 'Energy export'],
      [`${TOP}/total/meter-power-export/$datatype`, 'float'],
      [`${TOP}/total/meter-power-export/$unit`, 'kWh'],
      [`${TOP}/total/meter-power`, '65845.343'],
      [`${TOP}/total/meter-power-export`, '0.179'],
      [`${TOP}/$state`, 'ready'],
    ]);
  });

  it('describes it again when another table adds values, and then sends values only', () => {
    const grown = formatted(homie, decoded('BT23'), decoded('BT28'));
    const device = topicsOf(grown);
    assert.equal(device[`${TOP}/$nodes`], 'total,l1,l2,l3');
    assert.equal(device[`${TOP}/total/$properties`], 'measure-power,meter-power,meter-power-export,measure-frequency');
    assert.equal(device[`${TOP}/total/measure-power`], '399');
    assert.equal(device[`${TOP}/l2/measure-voltage`], '227.935');
    assert.equal(device[`${TOP}/l3/measure-current`], '2.161');
    assert.equal(device[`${TOP}/$state`], 'ready');
    const later = formatted(homie, decoded('BT23'), decoded('BT28'), decoded('BT28'));
    assert.ok(later.every(({ topic }) => !String(topic).includes('$') || topic === `${TOP}/$state`));
    assert.equal(later.at(-1)?.payload, 'ready');
  });

  it('every property that is named is described and has a value', () => {
    const device = topicsOf(formatted(homie, decoded('BT23'), decoded('BT28')));
    for (const node of String(device[`${TOP}/$nodes`]).split(',')) {
      for (const property of String(device[`${TOP}/${node}/$properties`]).split(',')) {
        assert.match(property, /^[a-z][a-z-]*$/);
        for (const part of ['/$name', '/$datatype', '/$unit', ''])
          assert.ok(device[`${TOP}/${node}/${property}${part}`]);
      }
    }
  });

  it('sets alert when a part is no longer read, once', () => {
    const messages = formatted(
      homie,
      decoded('BT28'),
      decoded('BT23', { readAt: '2026-11-20T12:00:01Z' }),
      decoded('BT23', { readAt: '2026-11-20T12:03:01Z' }),
    );
    assert.deepEqual(pairs(messages), [
      [`${TOP}/total/meter-power`, '65845.343'],
      [`${TOP}/total/meter-power-export`, '0.179'],
      [`${TOP}/$state`, 'alert'],
    ]);
  });

  it('sets lost for an unresponsive meter', () => {
    assert.deepEqual(pairs(homie.onSilence?.(snapshotOf(decoded('BT28'))) ?? []), [[`${TOP}/$state`, 'lost']]);
  });

  it('has ids of small letters, digits and hyphens', () => {
    const [message] = formatted(homie, decoded('BT28', { serial: 'A_7/b' }));
    assert.match(String(message?.topic), /^homie\/nes-a-7-b-[0-9a-f]{12}\/\$homie$/);
  });

  it('makes two devices of serial numbers that differ in capitals or signs only', () => {
    const serials = ['ab12', 'AB12', 'Ab12', 'ab-12', 'ab_12', 'AB_12', 'ab-12-', 'ab12-'];
    const tops = serials.map((serial) => String(formatted(homie, decoded('BT28', { serial }))[0]?.topic).split('/')[1]);
    assert.equal(new Set(tops).size, serials.length, tops.join());
    assert.equal(tops[0], 'nes-ab12');
    assert.equal(tops[3], 'nes-ab-12');
    for (const top of tops) assert.match(top ?? '', /^[a-z0-9][a-z0-9-]*[a-z0-9]$/);
  });

  it('keeps the device of a meter that 0.1.0 published, if its id is valid', () => {
    const topAfterRestart = (serial: string, kept: (meter: MeterSnapshot) => object): string => {
      const first = snapshotOf(decoded('BT28', { serial }));
      const known = recallSnapshot(JSON.parse(JSON.stringify(kept(first))), 180);
      const again = recallSnapshot(JSON.parse(JSON.stringify(rememberSnapshot(known!))), 180);
      const messages = homie.announceAll?.({ ...again!, values: first.values }, false) ?? [];
      return String(messages[0]?.topic).split('/')[1]!;
    };
    const asIn010 = ({ id, device, online, values }: MeterSnapshot): object => {
      return { id, device, online, keys: [...values.keys()] };
    };
    for (const [serial, top] of [
      ['AB12', 'nes-ab12'],
      ['LGZ_10-42', 'nes-lgz-10-42'],
      ['83334000001', 'nes-83334000001'],
    ] as const) {
      assert.equal(topAfterRestart(serial, asIn010), top);
      const now = String(formatted(homie, decoded('BT28', { serial }))[0]?.topic).split('/')[1];
      assert.equal(topAfterRestart(serial, rememberSnapshot), now);
    }
    for (const serial of ['AB12-', 'ab12_']) assert.match(topAfterRestart(serial, asIn010), /[a-z0-9]$/);
    assert.notEqual(topAfterRestart('AB12', rememberSnapshot), 'nes-ab12');
  });

  it('under an id of its own takes one meter', () => {
    const named = formatOf('homie', { baseTopic: 'home/homie', deviceId: 'meter' });
    assert.equal(named.isForOneMeter, true);
    assert.equal(formatted(named, decoded('BT28'))[0]?.topic, 'home/homie/meter/$homie');
    throwsWith(() => formatOf('homie', { deviceId: 'My meter' }), 'bad-setting');
  });
});
