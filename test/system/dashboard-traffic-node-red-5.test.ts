import { dashboardTraffic } from './suites/dashboard-traffic.js';

dashboardTraffic(5);
