/**
 * A 55-value BT28 to payload and registers, against 55 uint32 fields in node-red-contrib-buffer-parser: name its folder
 * (a clone of GitHub's Steve-Mcl/node-red-contrib-buffer-parser) in BUFFER_PARSER.
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { decodeReading } from '../src/readings/index.js';
import { DEFAULT_DIMENSIONS } from '../src/tables/index.js';
import { pairedRatio, type Row, seconds } from './measure.js';

const ROUNDS = 20_000;
const VALUES = 55;
const IMAGE = Buffer.alloc(
  4 * VALUES,
  Uint8Array.from({ length: 4 * VALUES }, (_, index) => (index % 4 === 0 ? index : 0)),
);
const DIMENSIONS = { ...DEFAULT_DIMENSIONS, BT21: { ...DEFAULT_DIMENSIONS['BT21'], numberOfPresentValues: VALUES } };

/** Seconds for one message. The dimensions are copied each time, as Node-RED clones them with a message. */
function ours(): number {
  let registers = 0;
  const copies = Array.from({ length: 16 }, () => structuredClone(DIMENSIONS));
  const time = seconds(() => {
    for (let round = 0; round < ROUNDS; round++) {
      const dimensions = copies[round % copies.length] as typeof DIMENSIONS;
      registers += decodeReading('BT28', IMAGE, { offset: 0, complete: true, dimensions }).registers.length;
    }
  });
  if (registers !== ROUNDS * VALUES) throw new Error(`decoded ${registers} registers`);
  return time / ROUNDS;
}

type NodeConstructor = (this: EventEmitter, config: object) => void;
type Message = Record<string, unknown>;

/** The node of the other package, in a minimal substitute for Node-RED. */
function theirNode(folder: string, onResult: (msg: Message) => void): EventEmitter {
  const load = createRequire(__filename)(join(resolve(folder), 'buffer-parser.js')) as (red: object) => void;
  let build: NodeConstructor | undefined;
  load({
    nodes: { createNode: () => undefined, registerType: (_type: string, made: NodeConstructor) => (build = made) },
    util: {
      evaluateNodeProperty: (
        value: string,
        type: string,
        _node: unknown,
        msg: Message,
        done: (error: null, found: unknown) => void,
      ) => {
        done(null, type === 'msg' ? msg[value] : value);
      },
    },
  });
  const node = Object.assign(new EventEmitter(), {
    status: () => undefined,
    send: onResult,
    error: (error: Error) => {
      throw error;
    },
  });
  build?.call(node, {
    items: Array.from({ length: VALUES }, (_, index) => ({
      type: 'uint32le',
      name: `value${index}`,
      offset: 4 * index,
      offsetbit: 0,
      length: 1,
      scale: '1',
      mask: '',
    })),
    specification: 'spec',
    specificationType: 'ui',
    resultType: 'keyvalue',
    resultTypeType: 'return',
    msgProperty: 'payload',
    data: 'payload',
    dataType: 'msg',
  });
  return node;
}

/** @returns one row; without the other package, what our own code takes. */
export function benchDecode(): Row[] {
  const what = 'BT28 with 55 values to payload and registers';
  const limit = 'at most 0.5 x buffer-parser with 55 uint32 fields';
  const folder = process.env['BUFFER_PARSER'];
  if (folder === undefined) {
    ours();
    const figure = `${(ours() * 1e6).toFixed(1)} us (BUFFER_PARSER is not set: not compared)`;
    return [{ what, figure, limit, isWithin: undefined }];
  }
  let results = 0;
  const node = theirNode(folder, (msg) => {
    if ((msg['payload'] as Message)[`value${VALUES - 1}`] !== undefined) results++;
  });
  const theirs = (): number => {
    results = 0;
    const time = seconds(() => {
      for (let round = 0; round < ROUNDS; round++) node.emit('input', { payload: IMAGE });
    });
    if (results !== ROUNDS) throw new Error(`buffer-parser sent ${results} of ${ROUNDS} results`);
    return time / ROUNDS;
  };
  const { ratio, a, b } = pairedRatio(ours, theirs);
  const figure = `${ratio.toFixed(2)} x (${(a * 1e6).toFixed(1)} us, buffer-parser ${(b * 1e6).toFixed(1)} us)`;
  return [{ what, figure, limit, isWithin: ratio <= 0.5 }];
}
