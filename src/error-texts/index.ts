/**
 * The English texts of all errors, by code: the one source for the command line and for the catalogue of the nodes,
 * whose `errors` the build makes from it. Translations are in `nodes/locales/<language>/mep-config.json`. A code
 * without a text does not compile.
 */
import type { MeterErrorCode } from '../errors.js';
import type { ErrorText } from './error-text.js';
import { PROTOCOL_TEXTS } from './protocol.js';
import { TRANSPORT_TEXTS } from './transport.js';
import { DECODE_TEXTS, SECURITY_TEXTS, USAGE_TEXTS } from './usage.js';

export { errorAdvice, type ErrorText, nodeErrorText } from './error-text.js';

/** The name of a text: an error code, or one of two cases that only nodes have. */
export type ErrorTextName = MeterErrorCode | 'unexpected' | 'no-connection';

export const ERROR_TEXTS: Readonly<Record<ErrorTextName, ErrorText>> = {
  ...TRANSPORT_TEXTS,
  ...PROTOCOL_TEXTS,
  ...SECURITY_TEXTS,
  ...DECODE_TEXTS,
  ...USAGE_TEXTS,
  unexpected: { happened: 'An unexpected error occurred.', check: 'Please report it.', hasDetail: true },
  'no-connection': {
    happened: 'No connection to a meter is set.',
    check: 'Open the node, choose a meter that exists and is not disabled, and deploy.',
  },
};
