import { dashboard } from './suites/dashboard.js';

dashboard(4);
