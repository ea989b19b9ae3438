import { uint16, uint8 } from '../schema/builders.js';
import { encodeProcedure, procedure } from './procedure.js';

const ACTIONS = { 0: 0, 250: 1 } as const;
const ALL_DEVICES = 0xffff;

/** [MEP p.243-244] */
export const EP17 = procedure({
  name: 'EP17',
  title: 'Remove MEP Device',
  summary: 'Takes an M-Bus device or a MEP client out of the meter; with the MBK only the MEP client.',
  pages: '243-244',
  access: 'MBK',
  risk: 'access',
  parameters: [
    uint8('action', {
      meanings: {
        0: 'remove, and give it the primary address 0',
        1: 'remove, and give it the primary address 250: an M-Bus device is not found again there',
      },
    }),
    uint16('deviceHandle', { meanings: { [ALL_DEVICES]: 'all devices' }, description: 'From ET14.' }),
  ],
  choices: { action: [0, 1] },
  response: [],
  results: {
    1: 'not all devices are removed yet',
    2: 'invalid action',
    3: 'no device has this handle',
    4: 'a removal is already in progress',
  },
  isPendingAt1: true,
});

export interface RemoveMepDevice {
  /** Handle from ET14. `all` is intended for provisioning and does not change primary addresses. */
  readonly deviceHandle: number | 'all';
  /** Primary address of an M-Bus device afterwards. A meter does not find a device at 250 again. */
  readonly primaryAddress?: 0 | 250;
}

/**
 * The bytes to write to BT07 to remove a device.
 * @throws DecodeError `value-out-of-range`
 */
export function removeMepDevice(sequence: number, { deviceHandle, primaryAddress = 0 }: RemoveMepDevice): Uint8Array {
  const handle = deviceHandle === 'all' ? ALL_DEVICES : deviceHandle;
  return encodeProcedure(EP17, { action: ACTIONS[primaryAddress], deviceHandle: handle }, sequence);
}
