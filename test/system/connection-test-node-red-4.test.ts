import { connectionTest } from './suites/connection-test.js';

connectionTest(4);
