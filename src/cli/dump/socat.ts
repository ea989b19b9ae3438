/** What `socat -x` prints: a head with a length, then the bytes. */
import { concatBytes } from '../../internal.js';
import { linesOf, type Pasted } from './place.js';
import { splitsOf } from './text-column.js';

const HEAD = /^[<>] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d+ +length=(\d+) from=\d+ to=\d+$/;
const END = /^--\s*$/;

/** Takes the records of `socat -x` and `socat -x -v` out of a text. */
export function readSocat(pasted: Pasted): void {
  let record: { index: number; length: number; bytes: Uint8Array } | undefined;
  const finish = (): void => {
    if (!record) return;
    const { index, length, bytes } = record;
    if (bytes.length !== length)
      throw pasted.refusal(index, `${bytes.length} bytes follow where ${length} are announced`);
    pasted.add({ index, bytes });
    record = undefined;
  };
  for (const { text, index } of linesOf(pasted.left)) {
    const head = HEAD.exec(text.trimEnd());
    if (head) {
      finish();
      record = { index, length: Number(head[1]), bytes: new Uint8Array(0) };
    } else if (record && END.test(text)) {
      finish();
    } else if (record && text.trim() !== '') {
      const { length, bytes } = record;
      const data = text.trim();
      const splits = splitsOf(data).filter((split) => bytes.length + split.bytes.length <= length);
      const [split] = splits;
      if (!split) throw pasted.refusal(index, 'bytes and text of this line do not agree');
      record = { ...record, bytes: concatBytes(bytes, split.bytes) };
    } else if (!record) {
      continue;
    }
    pasted.blank(index, index + text.length);
  }
  finish();
}
