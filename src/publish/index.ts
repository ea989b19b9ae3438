/** Other people's formats, each under its own name. */
export * as homeAssistant from './home-assistant/index.js';
