import { dialogsForEverybody } from './suites/accessibility.js';

dialogsForEverybody(5);
