import type { TableLink } from '../../../src/c1218/table-link.js';

/** A link with some of its methods replaced: the rest goes to the link itself. */
export function linked(link: TableLink, own: Partial<TableLink>): TableLink {
  return {
    get protocol() {
      return link.protocol;
    },
    get description() {
      return link.description;
    },
    get maxReadBytes() {
      return own.maxReadBytes ?? link.maxReadBytes;
    },
    get padsWithZeros() {
      return link.padsWithZeros;
    },
    get maxWriteBytes() {
      return link.maxWriteBytes;
    },
    get counters() {
      return link.counters;
    },
    get roundTrip() {
      return link.roundTrip;
    },
    open: own.open ?? ((events, signal) => link.open(events, signal)),
    read: own.read ?? ((table, offset, count, options) => link.read(table, offset, count, options)),
    write: (table, offset, data, options) => link.write(table, offset, data, options),
    revive: () => link.revive(),
    close: () => link.close(),
  };
}
