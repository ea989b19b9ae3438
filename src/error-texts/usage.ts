import type { DecodeErrorCode, SecurityErrorCode, UsageErrorCode } from '../errors.js';
import type { ErrorText } from './error-text.js';

export const SECURITY_TEXTS: Readonly<Record<SecurityErrorCode, ErrorText>> = {
  'key-missing': {
    happened: 'No key is set.',
    check: 'The grid company gives it out: the MBK for the MEP port, the RK for the optical port.',
    inNode: 'Open the connection and enter it.',
    inCommand: 'Put it into the variable NES_METER_KEY, or into a file for --key-file.',
  },
  'key-not-typed': {
    happened: 'The stored key was not sent: it is used only with the protocol, security and address that are deployed.',
    check:
      'To test other settings, type the key again, or deploy the settings first. A key from an environment variable ' +
      'needs a deploy.',
  },
  'key-format': {
    happened: 'The key contains characters that no key has.',
    check: 'Enter it without quotes or blanks.',
    inNode: 'If it is given in hex digits, choose that form.',
    inCommand: 'If it is given in hex digits, use --key-format hex.',
  },
  'key-length': {
    happened: 'The key has the wrong length.',
    check:
      'It must be 16 to 20 characters, or 32 or 40 hex digits; for the optical port 20 characters or 40 hex digits. ' +
      "Compare it with the grid company's letter.",
    hasDetail: true,
  },
  'key-rejected': {
    happened: 'The meter rejected the key.',
    check:
      "Compare it with the grid company's letter, character by character, and ask whether it belongs to this meter. The " +
      'optical port has a key of its own (RK). Do not guess: some meters lock the port.',
    inNode:
      'For that reason the key is tried again only rarely, at the optical port never. Correct it and deploy; if it is ' +
      'right, restart the flows.',
  },
};

export const DECODE_TEXTS: Readonly<Record<DecodeErrorCode, ErrorText>> = {
  'table-too-short': {
    happened: 'There are too few bytes for what is to be decoded.',
    check: 'Read the whole table.',
    inNode: 'For bytes from elsewhere, check the settings of the node.',
    inCommand: 'For a part of a table, give --offset or --dimensions.',
    hasDetail: true,
  },
  'table-too-long': {
    happened: 'There are more bytes than the table has.',
    check: 'Check that they belong to this table.',
    inNode: 'For bytes from elsewhere, check the settings of the node.',
    inCommand: 'Check --offset and --dimensions.',
    hasDetail: true,
  },
  'dimensions-missing': {
    happened: 'The layout of the table in this meter is not known.',
    inNode: 'Decode the message of a mep-read-table node unchanged, with msg.meter.',
    inCommand: 'Give --dimensions with a file that `nes-meter dump` made of this meter.',
    hasDetail: true,
  },
  'value-out-of-range': {
    happened: 'A value in the table is out of range.',
    check: 'Check that the bytes belong to this table and are complete.',
    inCommand: 'The dimensions must be of this meter.',
    hasDetail: true,
  },
};

export const USAGE_TEXTS: Readonly<Record<UsageErrorCode, ErrorText>> = {
  'unknown-table': {
    happened: 'This table is not known.',
    inNode: 'Choose one in mep-read-table, or set msg.table to a name such as BT28.',
    inCommand: '`nes-meter tables` lists all tables.',
    hasDetail: true,
  },
  'offset-beyond-table': {
    happened: 'The offset is beyond the end of the table.',
    check: 'Use a smaller offset.',
    hasDetail: true,
  },
  'bad-count': {
    happened: 'This number of bytes cannot be read.',
    check: 'It must be at least 1 and stay within the table.',
    hasDetail: true,
  },
  'nothing-to-write': {
    happened: 'There is nothing to write: neither bytes nor fields were given.',
    check: 'Give the bytes or at least one field.',
    hasDetail: true,
  },
  'bad-offset': {
    happened: 'The offset cannot be used.',
    check: 'It must be a whole number, 0 or more, within the table.',
    inNode: 'Where the node and msg.table both name one, they must be equal.',
    hasDetail: true,
  },
  'bad-payload': {
    happened: 'The payload cannot be used.',
    inNode: 'Check what is wired into this node.',
    inCommand: 'Check that the bytes are complete.',
    hasDetail: true,
  },
  'bad-setting': {
    happened: 'A setting cannot be used: __setting__.',
    inNode:
      'Open the node or its connection, correct the setting, and deploy. If it names an environment variable, Node-RED ' +
      'must be started with that variable.',
    inCommand: '--help lists what each option accepts.',
  },
  'serial-too-long': {
    happened: 'The serial number is longer than 64 characters; no meter has such a number.',
    check: 'Check where it comes from.',
    inNode: 'It is in the messages that are wired into this node.',
    hasDetail: true,
  },
  'too-many-meters': {
    happened: 'The limit of meters is reached, and none of them is silent: the new one is ignored.',
    check: 'If there really are more meters, raise the limit; otherwise check where the serial numbers come from.',
    inNode: 'The limit is the setting At most of this node.',
    hasDetail: true,
  },
  'writes-not-allowed': {
    happened: 'Writing to this meter is not allowed. Nothing was sent.',
    inNode: 'To allow it, open the connection, tick Allow writing to the meter in Expert settings, and deploy.',
    inCommand: 'The command line only reads.',
  },
  'write-budget-spent': {
    happened: "The limit of writes to the meter's memory is reached: 4 an hour, 100 a day. Nothing was sent.",
    check: 'Try again later.',
    hasDetail: true,
  },
  'write-budget-unknown': {
    happened: "The file that counts the writes to the meter's memory cannot be used. Nothing was sent.",
    check: 'Check that it can be read and written, and that the disk is not full.',
    inNode:
      "It is in Node-RED's user directory. If it is damaged or of a newer version, delete it one day after the last " +
      'write.',
    hasDetail: true,
  },
  'danger-not-allowed': {
    happened:
      'This can switch the power off, close a port, lock out a key or change what is billed, so it needs a permission ' +
      'of its own. Nothing was sent.',
    inNode:
      'If the grid company agrees, open the connection, tick Allow dangerous writes as well in Expert settings, and ' +
      'deploy.',
    inCommand: 'The command line only reads.',
    hasDetail: true,
  },
  'danger-by-message': {
    happened:
      'This can switch the power off, close a port, lock out a key or change what is billed, so no message can choose ' +
      'it. Nothing was sent.',
    check: 'Name the table or procedure in the node itself.',
    hasDetail: true,
  },
  'not-writable': {
    happened: 'This table is never written: it holds meter registers, security settings or responses of the meter.',
    check: 'Choose another table.',
    inNode: 'Procedures are run with mep-procedure.',
    hasDetail: true,
  },
  'unknown-procedure': {
    happened: 'This procedure is not known.',
    check: 'EP17, EP19 and EP61 are supported.',
    inNode: 'Choose one in mep-procedure, or set msg.procedure to its name.',
    hasDetail: true,
  },
  'queue-full': {
    happened: 'Too many requests are waiting for the meter.',
    check: 'Read at longer intervals.',
    hasDetail: true,
  },
  'stored-message': {
    happened: 'This message was stored by the broker (retained). It is not new and was not used.',
    check: 'Wait for the next message.',
    inNode: 'With MQTT 5, untick “Keep retain flag of original publish” in mqtt in.',
  },
  'history-not-live': {
    happened: "This message is a record of the meter's history, not a live reading.",
    check: 'Wire it to a node that accepts history.',
  },
  'simulated-meter': {
    happened:
      'This is a value of the simulated meter. It was not passed on, because other programs would count it as real.',
    inNode:
      'Choose your own meter in the connection. To try it with the simulated meter, tick Simulated meter in this node.',
    inCommand: 'Choose your own meter.',
  },
  'bad-history': {
    happened: 'msg.history is neither a span of time nor a reset.',
    check: 'Set it to { from, to } with times in ISO 8601 (2025-12-01T00:00:00Z), or to { reset: true }.',
    hasDetail: true,
  },
  'statistics-unanchored': {
    happened:
      "Home Assistant's statistics have no row from which these hours continue, or one that contradicts them. They were " +
      'not imported, because a bar of the energy dashboard would have become wrong.',
    check: "Check in Home Assistant's developer tools, under statistics, what this statistic holds.",
    hasDetail: true,
  },
  cancelled: {
    happened: 'The operation was cancelled.',
    inNode: 'The node was closed, or the operation took too long.',
    inCommand: 'Nothing was left open.',
  },
};
