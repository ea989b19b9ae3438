/**
 * The digest of a 220-byte answer against the guide's reference implementation compiled with -O2. The guide's
 * code may not be distributed here: copy it into a file [MEP p.251-253] and name that in GUIDE_DIGEST_C.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Digest } from '../src/mep/digest.js';
import { pairedRatio, type Row, seconds } from './measure.js';

const ROUNDS = 200_000;
const KEY = new Uint8Array(16).fill(1);
const REQUEST = Uint8Array.from({ length: 12 }, (_, index) => index);
const ANSWER = Uint8Array.from({ length: 223 }, (_, index) => (index * 7) & 0xff);

/** Verifies one answer: continues from the digest state of the request. */
function ours(): number {
  const afterRequest = new Digest(KEY).update(REQUEST);
  let sum = 0;
  const time = seconds(() => {
    for (let round = 0; round < ROUNDS; round++) sum += afterRequest.clone().update(ANSWER).finish()[0] as number;
  });
  if (sum < 0) throw new Error('unreachable');
  return time / ROUNDS;
}

const HARNESS = (reference: string): string => `
#include <stdio.h>
#include <string.h>
#include <time.h>
#include ${JSON.stringify(reference)}
int main(void) {
  static BYTE key[16], request[12], answer[223];
  BYTE start[8] = {0}, out[8];
  DState startState = {0}, state;
  unsigned long sum = 0;
  struct timespec a, b;
  memset(key, 1, 16);
  for (int i = 0; i < 12; i++) request[i] = i;
  for (int i = 0; i < 223; i++) answer[i] = i * 7;
  Digest(request, 12, key, start, &startState, 0, 16);
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int round = 0; round < ${ROUNDS}; round++) {
    memcpy(out, start, 8);
    state = startState;
    answer[0] = round;
    Digest(answer, 223, key, out, &state, 1, 16);
    sum += out[0];
  }
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%.12f %lu\\n", ((b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9) / ${ROUNDS}, sum);
}`;

/** @returns one row; without a reference the time of our own code. */
export function benchDigest(): Row[] {
  const limit = 'at most 3 x the guide’s C code';
  const reference = process.env['GUIDE_DIGEST_C'];
  if (reference === undefined) {
    ours();
    const figure = `${(ours() * 1e6).toFixed(2)} us (GUIDE_DIGEST_C is not set: not compared)`;
    return [{ what: 'digest of a 220-byte answer', figure, limit, isWithin: undefined }];
  }
  const folder = mkdtempSync(join(tmpdir(), 'nes-meter-bench-'));
  try {
    const program = join(folder, 'digest');
    writeFileSync(`${program}.c`, HARNESS(resolve(reference)));
    execFileSync('cc', ['-O2', '-w', '-o', program, `${program}.c`]);
    const theirs = (): number => Number.parseFloat(execFileSync(program, { encoding: 'utf8' }));
    const { ratio, a, b } = pairedRatio(ours, theirs);
    const figure = `${ratio.toFixed(2)} x (${(a * 1e6).toFixed(2)} us, C ${(b * 1e6).toFixed(2)} us)`;
    return [{ what: 'digest of a 220-byte answer', figure, limit, isWithin: ratio <= 3 }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
