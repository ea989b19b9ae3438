import { toHex } from '../../bytes/hex.js';
import { opaque, since, uint16, uint32, uint8, when } from '../schema/builders.js';
import type { TableValues } from '../schema/values.js';
import { encodeProcedure, procedure } from './procedure.js';

const REQUEST_TYPES = {
  'application-reset': 1,
  'billing-read': 2,
  'status-read': 3,
  'write-user-data': 4,
  'time-sync': 5,
  multicast: 6,
  'download-switchover': 9,
  'write-user-data-by-index': 10,
} as const;

/** [MEP p.244-247] */
export const EP19 = procedure({
  name: 'EP19',
  title: 'Post On-demand M-Bus Request',
  summary: 'Requests a read or write of an M-Bus device or a MEP client now; ET15 has the result, ET16 the data.',
  pages: '244-247',
  access: 'MAK',
  // A write to a device may close a valve, or replace its firmware.
  risk: 'power',
  harmless: {
    parameter: 'requestType',
    values: [REQUEST_TYPES['billing-read'], REQUEST_TYPES['status-read'], REQUEST_TYPES['time-sync']],
  },
  parameters: [
    uint16('transactionNumber', {
      description: 'To find the request in ET15: 0x0400 to 0x04FF for MEP clients, none that is in use there.',
    }),
    uint16('deviceHandle', {
      description:
        'From ET14; of a multicast, the groups (0xFFFF: all); by index, one bit for each device: 0 to 3 M-Bus, 4 MEP.',
    }),
    uint8('requestType', {
      meanings: Object.fromEntries(Object.entries(REQUEST_TYPES).map(([name, code]) => [code, name])),
    }),
    when(
      '(requestType == 4) + (requestType == 6) + (requestType == 10)',
      uint8('writeDataLength', { unit: 'bytes', description: 'Less than ET11.onDemandWriteEntrySize (types 4, 10).' }),
      opaque('writeData', 'writeDataLength', {
        description: 'As it goes to the device; of a multicast: C field, CI field, user data.',
        erratum: 'ET11.20 - 1 bytes by its type; as many as its length says.',
      }),
    ),
    when(
      'requestType == 9',
      since(
        '3.80',
        uint32('imageLength', { unit: 'bytes' }),
        opaque('imageMac', 16, { description: 'Security mode 2.' }),
      ),
    ),
  ],
  choices: { requestType: Object.values(REQUEST_TYPES) },
  response: [uint8('entryIndex', { description: 'Of the request in ET15.' })],
  results: {
    2: 'invalid request type',
    3: 'no device has this handle, group or index',
    7: 'the queue of requests is full',
  },
  isPendingAt1: false,
});

/** A request to an M-Bus device or a MEP client. */
export type OnDemandRequest = {
  /** Identifies the request in ET15: for MEP clients 0x0400 to 0x04FF, not in use in ET15. */
  readonly transactionNumber: number;
  /** Handle from ET14; for a multicast the groups; for a write by index one bit for each device. */
  readonly device: number;
} & (
  | { readonly request: 'application-reset' | 'billing-read' | 'status-read' | 'time-sync' }
  | { readonly request: 'write-user-data' | 'multicast' | 'write-user-data-by-index'; readonly data: Uint8Array }
  | {
      readonly request: 'download-switchover';
      /** Required where the meter's power line uses AES: length of the image and its 16-byte authentication code. */
      readonly image?: { readonly length: number; readonly mac: Uint8Array };
    }
);

/**
 * The bytes to write to BT07 to post a request.
 * @throws DecodeError `value-out-of-range`
 */
export function postOnDemandRequest(sequence: number, request: OnDemandRequest): Uint8Array {
  const parameters: TableValues = {
    transactionNumber: request.transactionNumber,
    deviceHandle: request.device,
    requestType: REQUEST_TYPES[request.request],
  };
  if ('data' in request) {
    parameters['writeDataLength'] = request.data.length;
    parameters['writeData'] = toHex(request.data, '');
  }
  if ('image' in request) {
    parameters['imageLength'] = request.image.length;
    parameters['imageMac'] = toHex(request.image.mac, '');
  }
  return encodeProcedure(EP19, parameters, sequence);
}
