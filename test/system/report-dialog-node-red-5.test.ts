import { reportDialog } from './suites/report-dialog.js';

reportDialog(5);
