import { array, bits, bool, niFormat1, opaque, reserved, set, table, uint } from '../schema/builders.js';

const ICON = { 0: 'off', 1: 'on', 2: 'flashing' };

/** [MEP p.124-127] Values that MEP clients write to the meter; for one client, or two on Gen 4 meters. */
export const ET50 = table({
  name: 'ET50',
  title: 'MEP Inbound Data Space',
  summary: 'Registration of MEP clients, their alerts, and values they give to display and load profile.',
  pages: '124-127',
  read: 'MBK',
  write: 'MBK',
  isVolatile: true,
  needs: ['ET11'],
  fields: [
    array('mepInboundConfiguration', 'ET11.mepChannelCount ?? 1', [
      opaque('identificationString', 30, {
        description:
          'Maker (3 bytes; the first bit set: the standard form follows), class, length and bytes of the program id, length and bytes of the unique id.',
      }),
      bits(1, [
        bool(0, 'mepDeviceRegistered'),
        bool(1, 'et59Response', {
          since: '3.0',
          description: 'Answers to procedures are in ET59, else in BT08. The second client always uses ET85.',
        }),
        bool(2, 'mBusAlerts', { description: 'Alerts for M-Bus events are wanted.' }),
        bool(3, 'deltaDataAlerts', { since: '3.40', description: 'Alerts for the sources of ET71 are wanted.' }),
      ]),
      array(
        'dataSourcesIconDisplayControl',
        'ET11.mepDataSources',
        set('', 2, {
          description:
            'Icons shown with the value: 0 euro, 1 dollar, 2 date, 3 time, 4 kvarh, 5 kWh, 6 kvar, 7 kW, 8 minus.',
        }),
      ),
      array('dataForDisplayLoadProfileSources', 'ET11.mepDataSources', niFormat1('')),
      bits(1, [
        uint(0, 3, 'houseIcon', { meanings: ICON, description: 'On Gen 4, ET55 selects the client.' }),
        uint(4, 7, 'shortBar', { meanings: ICON }),
      ]),
      bits(1, [uint(0, 3, 'mediumBar', { meanings: ICON }), uint(4, 7, 'longBar', { meanings: ICON })]),
      reserved(2),
    ]),
  ],
});
