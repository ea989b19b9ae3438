import { byteAt } from '../bytes/byte-at.js';
import type { ByteRange } from '../bytes/byte-range.js';
import { DecodeError } from '../errors.js';
import type { LoadProfile } from './load-profile.js';

/** How far a data set is filled, from BT63. [MEP p.236-238] */
export interface RingState {
  readonly isActive: boolean;
  readonly validBlocks: number;
  /** Index of the newest block in the table. */
  readonly lastBlock: number;
  /** Sequence number of the newest block; goes up by 1 with each new block. */
  readonly sequence: number;
  /** Recorded intervals of the newest block. */
  readonly validIntervals: number;
}

const STATUS_TABLE = 'BT63';
const STATUS_BYTES = 13;
const ACTIVE = 0x20;

/** Whether the data set is being recorded, by the first byte of its state in BT63. [MEP p.237] */
export function isRecording(status: Uint8Array): boolean {
  return (byteAt(status, 0) & ACTIVE) !== 0;
}

/** The bytes of BT63 with the state of a data set. */
export function statusRange({ dataSet }: LoadProfile): ByteRange & { readonly table: string } {
  return { table: STATUS_TABLE, offset: STATUS_BYTES * (dataSet - 1), count: STATUS_BYTES };
}

/** @throws DecodeError `value-out-of-range` where the numbers contradict the dimensions of the data set */
export function ringStateOf(bytes: Uint8Array, profile: LoadProfile): RingState {
  if (bytes.length < STATUS_BYTES) throw contradiction(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = {
    isActive: isRecording(bytes),
    validBlocks: view.getUint16(1, true),
    lastBlock: view.getUint16(3, true),
    sequence: view.getUint32(5, true),
    validIntervals: view.getUint16(11, true),
  };
  const { validBlocks, lastBlock, validIntervals } = state;
  const fits = validBlocks <= profile.blocks && lastBlock < profile.blocks && validIntervals <= profile.intervals;
  if (!fits) throw contradiction(bytes);
  return state;
}

function contradiction(raw: Uint8Array): DecodeError {
  return new DecodeError('value-out-of-range', `${STATUS_TABLE} contradicts the dimensions of the load profile`, {
    values: { table: STATUS_TABLE, field: 'dataSets' },
    raw,
  });
}

/** Sequence number of the oldest recorded block. */
export function oldestOf({ sequence, validBlocks }: RingState): number {
  return Math.max(0, sequence - validBlocks + 1);
}

/** Offset of a block in its table. */
export function offsetOfBlock(sequence: number, state: RingState, { blocks, blockBytes }: LoadProfile): number {
  const index = (state.lastBlock - (state.sequence - sequence)) % blocks;
  return (index < 0 ? index + blocks : index) * blockBytes;
}
