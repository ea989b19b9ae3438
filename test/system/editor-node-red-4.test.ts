import { editorOf } from './suites/editor.js';

editorOf(4);
