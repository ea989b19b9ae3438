import { concatBytes } from '../../../src/bytes/hex.js';
import { crc16 } from '../../../src/optical/crc.js';
import { CRC_BYTES, HEADER_BYTES, START_OF_PACKET } from '../../../src/optical/packet.js';
import { dataChecksum } from '../../../src/optical/requests.js';
import type { Transport } from '../../../src/transport/transport.js';

/** Packet size of a session that does not negotiate a larger one. */
const MAX_PACKET_BYTES = 64;
/** Table data begin behind code and count. */
const READ_HEADER_BYTES = 3;

/** A transport that corrects the CRC of received packets, and the checksum of answers of one packet to reads. */
export function resealing(transport: Transport): Transport {
  let pending: Uint8Array = new Uint8Array(0);
  return {
    description: transport.description,
    write: (bytes) => transport.write(bytes),
    close: () => transport.close(),
    open: (events, signal) =>
      transport.open(
        {
          closed: (error) => {
            events.closed(error);
          },
          data: (bytes) => {
            pending = concatBytes(pending, bytes);
            for (;;) {
              const length = lengthOfFirst(pending);
              if (length === 0 || pending.length < length) return;
              events.data(sealed(pending.slice(0, length)));
              pending = pending.slice(length);
            }
          },
        },
        signal,
      ),
  };
}

/** Length of the first packet, or 1 for a byte that begins none; 0 if more bytes are needed. */
function lengthOfFirst(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  if (bytes[0] !== START_OF_PACKET) return 1;
  if (bytes.length < HEADER_BYTES) return 0;
  const length = HEADER_BYTES + bytes[4]! * 256 + bytes[5]! + CRC_BYTES;
  return length > MAX_PACKET_BYTES ? 1 : length;
}

function sealed(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== START_OF_PACKET || bytes.length === 1) return bytes;
  const end = bytes.length - CRC_BYTES;
  const data = bytes.subarray(HEADER_BYTES, end);
  const count = (data[1] ?? 0) * 256 + (data[2] ?? 0);
  if (data[0] === 0 && count === data.length - READ_HEADER_BYTES - 1) {
    data[data.length - 1] = dataChecksum(data.subarray(READ_HEADER_BYTES, -1));
  }
  new DataView(bytes.buffer).setUint16(end, crc16(bytes, 0, end), true);
  return bytes;
}
