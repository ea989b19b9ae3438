import { meterDialog } from './suites/meter-dialog.js';

meterDialog(4);
