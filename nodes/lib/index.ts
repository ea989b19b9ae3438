export { errorCode, errorText, NodeError, toNodeError, UNEXPECTED } from './errors.js';
export { onClose, onInput, type InputHandler, type Send, startOrTell } from './handlers.js';
export { showConnection, showError, showStatus } from './status.js';
export { sharedKey, sharedText, textFrom, type TextParams } from './texts.js';
