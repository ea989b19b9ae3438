import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RequestWatch } from '../../../src/c1218/request-watch.js';
import { ProtocolError } from '../../../src/errors.js';

const NO_ANSWER = new ProtocolError('no-answer', 'No answer');
const REQUEST = Uint8Array.of(0x3f, 0, 28);

/** A message that asks for `REQUEST`; its last byte makes it another one. */
const message = (...bytes: number[]): Uint8Array => Uint8Array.of(0, 20, ...bytes);

class Watched {
  readonly watch = new RequestWatch();

  answered(...bytes: number[]): void {
    this.watch.noteAnswered(message(...bytes), REQUEST);
  }

  lost(bytes: number[], { request = REQUEST, transmissions = 4, error = NO_ANSWER } = {}): string {
    return this.watch.explained(message(...bytes), request, transmissions, error).code;
  }
}

describe('The watch over requests that are not answered', () => {
  it('names flow control when three of its messages are lost and all others answered', () => {
    const watched = new Watched();
    watched.answered(1);
    assert.equal(watched.lost([0x11, 1]), 'no-answer');
    watched.answered(2);
    assert.equal(watched.lost([0x13, 2]), 'no-answer');
    watched.answered(3);
    assert.equal(watched.lost([0x11, 3]), 'bridge-flow-control');
  });

  it('does not name it on a connection that has passed such a byte', () => {
    const watched = new Watched();
    const loseThree = (): string[] =>
      [1, 2, 3].map((number) => {
        watched.answered(number);
        return watched.lost([0x11, number]);
      });
    watched.answered(0x13, 9);
    assert.ok(!loseThree().includes('bridge-flow-control'));
    watched.watch.restart();
    assert.ok(loseThree().includes('bridge-flow-control'));
  });

  const doubts: [why: string, between: (watched: Watched) => void][] = [
    ['a message without such a byte is lost too', (watched) => watched.lost([5])],
    ['the meter was away before and after', () => undefined],
    ['a message was sent only once', (watched) => watched.lost([0x11, 50], { transmissions: 1 })],
    [
      'something came back',
      (watched) => watched.lost([0x11, 60], { error: new ProtocolError('unreadable-answer', 'Noise') }),
    ],
  ];
  for (const [why, between] of doubts) {
    it(`does not name it where ${why}`, () => {
      const watched = new Watched();
      watched.answered(0);
      for (const number of [1, 2, 3, 4]) {
        assert.equal(watched.lost([0x11, number]), 'no-answer');
        between(watched);
      }
    });
  }

  it('does not name it for a request that the meter never answers', () => {
    const watched = new Watched();
    const unanswered = Uint8Array.of(0x3f, 0, 0x13);
    for (let number = 0x20; number < 0x80; number++) {
      watched.answered(number);
      assert.equal(watched.lost([0x13, number], { request: unanswered }), 'no-answer');
    }
  });

  it('does not count one message twice', () => {
    const watched = new Watched();
    for (let turn = 0; turn < 10; turn++) {
      watched.answered(turn + 0x20);
      assert.equal(watched.lost([0x11, 1]), 'no-answer');
    }
  });

  it('names nothing where messages are lost whatever their bytes', () => {
    const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 });
    // Each of four transmissions is lost with the same probability.
    const transmission = fc.nat({ max: 99 });
    const sent = fc.record({ bytes, luck: fc.tuple(transmission, transmission, transmission, transmission) });
    fc.assert(
      fc.property(
        fc.array(sent, { minLength: 150, maxLength: 150 }),
        fc.integer({ min: 1, max: 50 }),
        (all, percent) => {
          const watched = new Watched();
          for (const { bytes: body, luck } of all) {
            if (luck.some((value) => value >= percent)) watched.answered(...body);
            else assert.equal(watched.lost([...body]), 'no-answer');
          }
        },
      ),
      { numRuns: 300, seed: 11 },
    );
  });

  it('names it in the end wherever just those messages are lost', () => {
    const sent = fc.array(fc.uint8Array({ minLength: 12, maxLength: 12 }), { minLength: 400, maxLength: 400 });
    fc.assert(
      fc.property(sent, (all) => {
        const watched = new Watched();
        const codes = all.map((body) => {
          if (body.includes(0x11) || body.includes(0x13)) return watched.lost([...body]);
          watched.answered(...body);
          return '';
        });
        assert.ok(codes.includes('bridge-flow-control'));
      }),
      { numRuns: 50, seed: 11 },
    );
  });
});
