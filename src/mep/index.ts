export { Digest, digestsEqual, DIGEST_BYTES, DIGEST_KEY_BYTES } from './digest.js';
export { FrameDecoder, matchDigestAnswer, type FrameReceiver } from './frame-decoder.js';
export { MAX_MESSAGE_BYTES, MAX_READ_BYTES, frameMessage } from './message.js';
export { digestSecurity, type MepSecurity, rc4Security, type SealedRequest } from './security.js';
export { MepSession, type MepSessionOptions } from './session.js';
export { TLS_KEY_IDS, type TlsKeyName, TlsSession, type TlsSessionOptions } from './tls-session.js';
