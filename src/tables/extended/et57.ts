import { array, table } from '../schema/builders.js';
import { mdtEntry } from './mdt-entry.js';

/** [MEP p.163-164] Data types (MDT): each selects a data record of M-Bus devices, or a part of MEP messages. */
export const ET57 = table({
  name: 'ET57',
  title: 'M-Bus Data Type Table',
  summary: 'Data types for M-Bus and MEP data: number and data record header.',
  pages: '163-164',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  needs: ['ET11'],
  fields: [array('mdtEntries', 'ET11.et57EntryCount', mdtEntry)],
});
