export { errorCode, errorText, NodeError, toNodeError, UNEXPECTED } from './errors.js';
export { onClose, onInput, type InputHandler, type Send } from './node-events.js';
export { defineNode } from './define-node.js';
export { NodeContext } from './node-context.js';
export { sharedKey, sharedText, textFrom, type TextParams } from './texts.js';
