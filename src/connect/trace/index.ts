export { TraceFile, type TraceFileOptions } from './file.js';
export {
  eventBytes,
  formatTraceLine,
  parseTraceLine,
  TRACE_VERSION,
  type TraceBytes,
  type TraceDirection,
  type TraceHead,
  traceHeadOf,
  type TraceLine,
} from './line.js';
export { type ReadLine, readTraceLines } from './read.js';
export { Conversation, type FoundBytes, type TracedExchange } from './conversation.js';
export { type Identities, redactTrace } from './redaction.js';
export { TraceRing } from './ring.js';
export { secretsOf } from './secrets.js';
export { Tracer, type TraceSink } from './tracer.js';
