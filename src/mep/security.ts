import { concatBytes } from '../bytes/hex.js';
import { Digest, DIGEST_BYTES, digestsEqual } from './digest.js';
import { matchDigestAnswer, encryptedAnswerMatcher, type FrameStartMatcher } from './frame-decoder.js';
import { frameMessage, MAX_MESSAGE_BYTES, sequenceBytes } from './message.js';
import { encryptionKey, mask, requestCipher } from './rc4.js';

/** A request as sent, and the means to recognise its own answer. */
export interface SealedRequest {
  /** The whole message, length included. */
  readonly message: Uint8Array;
  /** Where its answer can begin. */
  readonly matchStart: FrameStartMatcher;
  /**
   * The plain answer (response code and what follows, without the digest), or undefined when the body does not verify as
   * the answer to this request.
   */
  open(body: Uint8Array): Uint8Array | undefined;
}

/** How requests are signed and answers verified. */
export interface MepSecurity {
  /** Set where table, offset and count of a request can be read on the line. */
  readonly sendsPlainRequests?: true;
  seal(request: Uint8Array, sequence: number): SealedRequest;
}

/**
 * Digest security: everything readable, everything authenticated. [MEP p.10-11, Appendix A]
 * @param key MBK or MAK, 16 to 20 bytes, of which 16 count.
 */
export function digestSecurity(key: Uint8Array): MepSecurity {
  const unused = new Digest(key);
  return {
    sendsPlainRequests: true,
    seal(request, sequence) {
      const { signed, digest, afterRequest } = sign(unused, request, sequence);
      return {
        message: frameMessage(concatBytes(signed, digest)),
        matchStart: matchDigestAnswer,
        open: (body) => verify(afterRequest, body.slice(0, -DIGEST_BYTES), body),
      };
    },
  };
}

/**
 * RC4 security: digest security with encrypted messages; length and digest stay in the clear. The port detects it and
 * encrypts the answer to an encrypted request. [MEP p.11, p.256-257, Appendix B]
 * @param key MBK or MAK, 16 to 20 bytes, of which 16 count.
 */
export function rc4Security(key: Uint8Array): MepSecurity {
  const unused = new Digest(key);
  const cipherKey = encryptionKey(key);
  return {
    seal(request, sequence) {
      const { signed, digest, afterRequest } = sign(unused, request, sequence);
      const cipher = requestCipher(cipherKey, digest);
      const encrypted = cipher.apply(signed);
      // Every answer to this packet, its repetitions included, begins in the state that the request left.
      const stream = cipher.stream(MAX_MESSAGE_BYTES);
      return {
        message: frameMessage(concatBytes(encrypted, digest)),
        matchStart: encryptedAnswerMatcher(stream),
        open: (body) => verify(afterRequest, mask(body.subarray(0, -DIGEST_BYTES), stream), body),
      };
    },
  };
}

interface Signed {
  /** What the digest covers: the request and its number. */
  readonly signed: Uint8Array;
  readonly digest: Uint8Array;
  /** The digest of the answer continues from this state. */
  readonly afterRequest: Digest;
}

function sign(unused: Digest, request: Uint8Array, sequence: number): Signed {
  const signed = concatBytes(request, sequenceBytes(sequence));
  const afterRequest = unused.clone().update(signed);
  return { signed, digest: afterRequest.clone().finish(), afterRequest };
}

/** The plain answer if the digest behind it is right. */
function verify(afterRequest: Digest, answer: Uint8Array, body: Uint8Array): Uint8Array | undefined {
  if (answer.length === 0) return undefined;
  const expected = afterRequest.clone().update(answer).finish();
  return digestsEqual(expected, body.subarray(-DIGEST_BYTES)) ? answer : undefined;
}
