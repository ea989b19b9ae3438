import { array, bits, bool, chars, opaque, since, table, uint, uint16, uint8 } from '../schema/builders.js';

const COMPARISON = {
  0: 'standard comparison',
  1: 'comparison under the mask',
  2: 'every registration is a new device',
  3: 'every registration is the same device',
};
const TLS = [
  ['requireTlsOnOpticalPort', 'Clients of the optical port must use TLS.'],
  ['requireTlsOnMep1Port', 'The first MEP client must use TLS.'],
  ['requireTlsOnMep2Port', 'The second MEP client must use TLS.'],
] as const;

/**
 * [MEP p.192-196] Free texts of the display, re-registration of MEP clients, relays, and ports that require TLS. The
 * guide's symbol A is the offset of mep1IdComparisonMode.
 */
export const ET97 = table({
  name: 'ET97',
  title: 'Meter Configuration LN',
  summary: 'Free texts (FTz), re-registration of MEP clients, modes of the relays, which ports require TLS.',
  pages: '192-196',
  read: 'MBK',
  write: 'MAK',
  mayBeWritten: false,
  since: '3.82',
  needs: ['ET90'],
  fields: [
    array('ftzMessageContentsArray', 'ET90.numberOfFtzMessages', chars('', 8, {}, 'blank'), {
      description: 'Remaining energy units and their unit; the id code is on the display only.',
    }),
    uint8('mep1IdComparisonMode', { meanings: COMPARISON }),
    opaque('mep1IdMask', 30, { description: 'Bits of the identification string that are compared.' }),
    since('4.02', uint8('mep2IdComparisonMode', { meanings: COMPARISON }), opaque('mep2IdMask', 30)),
    since(
      '4.31',
      bits(1, [
        bool(0, 'powerBoostRelayLn', {
          description: 'Relays need the power boost line to close.',
          erratum: 'The firmware of the next fields is not documented, but an upgrade from before 4.31 sets this bit.',
        }),
        bool(1, 'mBusAdUse300Baud', { description: 'Discovery of M-Bus devices tries 300 baud as well.' }),
      ]),
      array('relays', 2, [
        array('groupId', 5, uint16('')),
        bits(1, [
          uint(0, 2, 'mode', { meanings: { 0: 'standard', 1: 'load management' } }),
          bool(3, 'requireExplicitHb', { description: 'Only keep-alive messages count as heartbeat.' }),
        ]),
        uint16('heartbeatInterval', { unit: 'min', description: 'In load management; 0: no heartbeat expected.' }),
        bits(1, [
          uint(0, 1, 'maintenanceModeEntry', { meanings: { 0: 'on command', 1: 'terminal cover removed' } }),
          uint(2, 3, 'maintenanceModeDisplay', {
            meanings: { 0: 'no display, no push button', 1: 'display', 2: 'display and push button' },
          }),
          bool(4, 'maintenanceModeOpen', { description: 'The relay opens on entry.' }),
          uint(5, 6, 'maintenanceModeExit', {
            meanings: {
              0: 'on command',
              1: 'terminal cover replaced, after a delay',
              2: 'terminal cover replaced, at a time',
            },
          }),
        ]),
        uint8('maintenanceModeExitDelay', { unit: 's' }),
        array('maintenanceModeExitTime', 2, uint8(''), { description: 'Hour and minute, local time.' }),
      ]),
      uint8('securityLogInterval', {
        unit: 'min',
        description: 'Window in which security events are put together in the security log.',
        erratum:
          'UINT16 at A+97, with the next field at A+98: read as one byte, which gives later fields their printed offsets.',
      }),
      ...TLS.map(([name, description]) => bits(1, [bool(0, name, { description })])),
    ),
  ],
});
