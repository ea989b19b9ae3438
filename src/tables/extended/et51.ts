import { array, bits, bool, since, table, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.127-130, opt p.14-16] The meter's settings for each MEP client. */
export const ET51 = table({
  name: 'ET51',
  title: 'MEP Device Configuration',
  summary: 'Time-outs and supervision of the MEP port, and denial-of-service timers of the optical port.',
  pages: '127-130, opt 14-16',
  read: 'MBK',
  write: 'MBK',
  needs: ['ET11'],
  fields: [
    array('mepDeviceConfiguration', 'ET11.mepChannelCount ?? 1', [
      bits(1, [
        bool(0, 'enableOpticalDosTimer', { risk: 'access', description: 'Firmware before 4.0; later ET55 has it.' }),
        bool(1, 'monitorMepHealth'),
        bool(2, 'resetDeviceDownMep', {
          since: '3.40',
          risk: 'access',
          description: 'The client is reset after mepHealthTimeout without a message.',
        }),
        bool(3, 'resetMepNow', {
          since: '3.60',
          risk: 'access',
          description: 'Toggles the reset line; clears itself.',
        }),
        bool(7, 'disableMep', { risk: 'access', description: 'All MEP operations are off.' }),
      ]),
      uint16('mepHealthTimeout', {
        unit: 's',
        description: 'Time without a message after which ET14 shows the client as down.',
      }),
      uint8('onDemandAndOneTimeReadTimeout', { unit: 's', description: 'Life of a request in ET15 and ET20.' }),
      uint16('opticalSessionTimeout', {
        unit: 's',
        risk: 'access',
        description: 'Firmware before 4.0; later ET55 has it.',
      }),
      uint16('opticalSessionHoldOff', {
        unit: 's',
        risk: 'access',
        description: 'Firmware before 4.0; later ET55 has it.',
      }),
      since('3.40', uint8('mepDownResetDuration', { unit: 's', description: '0 means 1.' })),
      since(
        '3.70',
        bits(1, [
          bool(0, 'deactivateHan', {
            risk: 'access',
            description: 'The head-end wants the home area network off.',
            erratum: 'opt says that firmware from 4.0 on has it in ET55, where neither guide shows it.',
          }),
        ]),
      ),
    ]),
  ],
});
