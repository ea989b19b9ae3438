/** Where readings can go, and the example that each destination is made from. */

export interface Destination {
  readonly id: string;
  /** The name of the example's file, without its number. */
  readonly example: string;
  /** The package with node types that Node-RED may lack, by the beginning of their names. */
  readonly module?: { readonly name: string; readonly types: string };
}

const DASHBOARD = { name: '@flowfuse/node-red-dashboard', types: 'ui-' };

export const DESTINATIONS = [
  { id: 'homeAssistant', example: 'home-assistant' },
  { id: 'dashboard', example: 'dashboard', module: DASHBOARD },
  { id: 'fhem', example: 'fhem' },
  { id: 'homey', example: 'homey-mqtt' },
  { id: 'http', example: 'homey-homewizard' },
  { id: 'influxdb', example: 'influxdb' },
  { id: 'sqlite', example: 'sqlite', module: { name: 'node-red-node-sqlite', types: 'sqlite' } },
  { id: 'p1', example: 'p1-telegrams' },
  { id: 'esp32', example: 'dabbler-compatible' },
  { id: 'domoticz', example: 'domoticz' },
  { id: 'csv', example: 'csv' },
  { id: 'alarms', example: 'alarms', module: { name: 'node-red-node-email', types: 'e-mail' } },
  { id: 'history', example: 'history' },
] as const satisfies readonly Destination[];

export type DestinationId = (typeof DESTINATIONS)[number]['id'];
