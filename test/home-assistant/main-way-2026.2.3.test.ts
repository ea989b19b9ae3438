import { mainWay } from './main-way.js';

mainWay('2026.2.3');
