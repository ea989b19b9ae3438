import assert from 'node:assert/strict';
import { concatBytes, fromHex } from '../../../../src/bytes/hex.js';
import { traceHex } from '../../../../src/connect/trace/line.js';
import { TraceMask } from '../../../../src/connect/trace/mask.js';
import { encodeOpticalRequest } from '../../../../src/optical/requests.js';
import { encodePacket } from '../../../../src/optical/packet.js';

const KEY = new TextEncoder().encode('0123456789ABCDEF0123');
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
const packetOf = (data: Uint8Array): Uint8Array =>
  encodePacket({ isMultiPacket: false, isFirst: false, toggle: true, sequence: 0, data });
const SECURITY = encodeOpticalRequest({ service: 'security', password: KEY });
const STARS = (count: number): string => Array.from({ length: count }, () => '**').join(' ');

describe('What is masked in a trace', () => {
  it('masks the password of the optical port and the CRC over it', () => {
    const mask = new TraceMask('optical', []);
    assert.equal(traceHex(mask.request(SECURITY)), `51 ${STARS(20)}`);
    assert.equal(traceHex(mask.sent(packetOf(SECURITY))), `EE 00 20 00 00 15 51 ${STARS(22)}`);
    assert.equal(traceHex(mask.sent(Uint8Array.of(0x06))), '06');
  });

  it('masks the password in the echo of an optical head, in chunks of any size', () => {
    const echo = packetOf(SECURITY);
    for (const size of [1, 2, 3, 5, 8, 29]) {
      const mask = new TraceMask('optical', []);
      mask.request(SECURITY);
      const parts: string[] = [];
      for (let at = 0; at < echo.length; at += size) {
        const shown = mask.received(echo.slice(at, at + size));
        if (shown.bytes.length > 0) parts.push(traceHex(shown));
      }
      const rest = mask.rest();
      if (rest.bytes.length > 0) parts.push(traceHex(rest));
      assert.match(
        parts.join(' '),
        new RegExp(`^EE 00 20 00 00 15 51 ${STARS(20).replace(/\*/g, '\\*')}`),
        String(size),
      );
      assert.equal(parts.join(' ').split(' ').length, echo.length, 'no byte is lost');
    }
  });

  it('masks the rest of a key of which a byte was garbled', () => {
    const mask = new TraceMask('mep', [KEY]);
    const garbled = KEY.slice();
    garbled[9] = 0xff;
    const shown = traceHex(mask.received(garbled));
    const rest = traceHex(mask.rest());
    assert.equal(`${shown} ${rest}`.trim(), `${STARS(9)} FF ${STARS(10)}`);
  });

  it('masks the data of a write and all that comes until its answer was accepted', () => {
    const mask = new TraceMask('mep', []);
    const request = bytes('4F 00 07 00 00 00 00 03 AA BB CC');
    assert.equal(traceHex(mask.request(request)), '4F 00 07 00 00 00 00 03 ** ** **');
    const sent = concatBytes(bytes('00 17'), request, bytes('01 02 03 04 11 22 33 44 55 66 77 88'));
    assert.equal(
      traceHex(mask.sent(sent)),
      '00 17 4F 00 07 00 00 00 00 03 ** ** ** 01 02 03 04 11 22 33 44 55 66 77 88',
    );
    assert.equal(traceHex(mask.received(bytes('00 09'))), '** **');
    assert.equal(traceHex(mask.accepted(bytes('00'))), '00');
    assert.equal(traceHex(mask.received(bytes('00 09'))), '00 09');
  });

  it('masks the packets of a long write from its data on', () => {
    const mask = new TraceMask('optical', []);
    const data = new Uint8Array(60).fill(0x33);
    const message = encodeOpticalRequest({ service: 'partial-write', table: 2061, offset: 0, data });
    mask.request(message);
    const first = { isMultiPacket: true, isFirst: true, toggle: true, sequence: 1, data: message.slice(0, 56) };
    const second = { isMultiPacket: true, isFirst: false, toggle: false, sequence: 0, data: message.slice(56) };
    assert.doesNotMatch(traceHex(mask.sent(encodePacket(first))), /33/);
    assert.match(traceHex(mask.sent(encodePacket(first))), /^EE 00 E0 01 00 38 4F 08 0D 00 00 00 00 3C \*\*/);
    assert.doesNotMatch(traceHex(mask.sent(encodePacket(second))), /33/);
  });

  it('masks answers of tables that hold keys, also late ones', () => {
    const mask = new TraceMask('mep', []);
    mask.request(bytes('3F 08 0D 00 00 00 00 40'));
    assert.equal(traceHex(mask.received(bytes('00 4B 00'))), '** ** **');
    mask.request(bytes('3F 00 17 00 00 00 00 04'));
    assert.equal(traceHex(mask.received(bytes('00 4B 00'))), '** ** **', 'it may be the answer to the request before');
  });

  it('shows everything else as it is', () => {
    const mask = new TraceMask('mep', [KEY]);
    const request = bytes('3F 00 17 00 00 00 00 04');
    assert.equal(traceHex(mask.request(request)), '3F 00 17 00 00 00 00 04');
    const answer = bytes('00 0F 00 00 04 74 40 05 00 01 02 03 04 05 06 07 08');
    const shown = [traceHex(mask.received(answer)), traceHex(mask.rest())].filter((text) => text !== '');
    assert.equal(shown.join(' '), '00 0F 00 00 04 74 40 05 00 01 02 03 04 05 06 07 08');
  });
});
