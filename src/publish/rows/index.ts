/** A row for each reading, for databases and files. */
export { csv, csvHeader } from './csv.js';
export { influx } from './influx.js';
export { sql } from './sql.js';
