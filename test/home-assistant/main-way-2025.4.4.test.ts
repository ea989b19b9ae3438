import { mainWay } from './main-way.js';

mainWay('2025.4.4');
