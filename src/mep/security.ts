import { concatBytes } from '../bytes/hex.js';
import { Digest, DIGEST_BYTES, digestsEqual } from './digest.js';
import { judgeDigestAnswer, type StartJudge } from './frame-decoder.js';
import { frameMessage, sequenceBytes } from './message.js';

/** A request as it goes over the line, and the means to tell its own answer from everything else. */
export interface SealedRequest {
  /** The whole message, length included. */
  readonly message: Uint8Array;
  /** Where its answer can begin. */
  readonly judge: StartJudge;
  /**
   * The plain answer (response code and what follows, without the digest), or undefined when the body is not a true
   * answer to this very request.
   */
  open(body: Uint8Array): Uint8Array | undefined;
}

/** How requests are signed and answers verified. */
export interface MepSecurity {
  seal(request: Uint8Array, sequence: number): SealedRequest;
}

/**
 * Digest security: everything readable, everything authenticated. [MEP p.10-11, Appendix A]
 * @param key MBK or MAK, 16 to 20 bytes, of which 16 count.
 */
export function digestSecurity(key: Uint8Array): MepSecurity {
  const unused = new Digest(key);
  return {
    seal(request, sequence) {
      const signed = concatBytes(request, sequenceBytes(sequence));
      const afterRequest = unused.clone().update(signed);
      return {
        message: frameMessage(concatBytes(signed, afterRequest.clone().finish())),
        judge: judgeDigestAnswer,
        open(body) {
          const answer = body.subarray(0, -DIGEST_BYTES);
          if (answer.length === 0) return undefined;
          const expected = afterRequest.clone().update(answer).finish();
          return digestsEqual(expected, body.subarray(-DIGEST_BYTES)) ? answer.slice() : undefined;
        },
      };
    },
  };
}
