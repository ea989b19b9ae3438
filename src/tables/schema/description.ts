import type { Expression } from './expression.js';
import type { TableValues } from './values.js';

/** `BT28`, `ET03`. */
export type TableName = string;

/** Decoded dimension tables by name. */
export interface Dimensions {
  readonly [table: TableName]: TableValues | undefined;
}

/**
 * Key that is needed for a table. `none`: no key is needed; `never`: it cannot be read or written at all.
 * @inline
 */
export type Access = 'none' | 'MBK' | 'MAK' | 'never';

/**
 * The damage that a wrong write can do. `power`: open the load disconnect or a relay; `access`: close a port, lock a
 * key out, or start requests that are not checked here; `billing`: change the registered energy, its tariff or its
 * meter.
 * @inline
 */
export type WriteRisk = 'power' | 'access' | 'billing';

/** Attributes of a field besides its type. */
export interface FieldAttributes {
  readonly description?: string;
  /** Unit of the decoded value. */
  readonly unit?: string;
  /** Decoded value = number on the wire / divisor. */
  readonly divisor?: number;
  /** Names of the numbers the guide lists. */
  readonly meanings?: Readonly<Record<number, string>>;
  /** First firmware that has the field. */
  readonly since?: string;
  readonly page?: string;
  /** The field is a key, which is left out wherever values are shown. */
  readonly isSecret?: boolean;
  /**
   * The damage that a change of the field can do; it requires a separate permission, unlike other fields of the table.
   */
  readonly risk?: WriteRisk;
  /** A contradiction or omission in the guide, and the chosen interpretation. */
  readonly erratum?: string;
  /** The field is a register, whose source is named by another table. */
  readonly register?: RegisterAttributes;
  /** The field is a time stamp; where it is invalid, the meter has not recorded the structure around it. */
  readonly isStamp?: boolean;
  /** For a list: the field beside it with the numbers of the recorded elements. */
  readonly recordedBy?: string;
  /** For a list: the field beside it with the status of each element, and the statuses without a value. */
  readonly validBy?: { readonly field: string; readonly noValue: readonly number[] };
}

/** The kind of a register. */
export type RegisterRole =
  | 'demandResets'
  | 'summation'
  | 'cumulativeDemand'
  | 'continuousCumulativeDemand'
  | 'demand'
  | 'coincident'
  | 'presentDemand'
  | 'presentValue';

export interface RegisterAttributes {
  readonly role: RegisterRole;
  /** The field that holds the source id of element i of array `index`: `BT22.summationSources[i]`. */
  readonly source?: {
    readonly table: TableName;
    readonly field: string;
    readonly index: string;
    /** The guide's printed order, which firmware without that table uses. */
    readonly printed: readonly number[];
  };
  /** Field of the same record that holds the time of the value. */
  readonly time?: string;
}

interface Named {
  /** '' for an element of an array that is a plain value. */
  readonly name: string;
  readonly attributes: FieldAttributes;
}

export interface IntegerNode extends Named {
  readonly kind: 'integer';
  readonly bytes: number;
  readonly signed: boolean;
  readonly bigEndian: boolean;
}

/** One member of a bit field; `from` and `to` are bit numbers, 0 the least significant. */
export interface BitPart extends Named {
  readonly type: 'bool' | 'uint' | 'int';
  readonly from: number;
  readonly to: number;
}

export interface BitsNode {
  readonly kind: 'bits';
  readonly bytes: number;
  readonly bigEndian: boolean;
  readonly parts: readonly BitPart[];
}

/** Characters up to the first NUL, without the blanks that pad them. */
export interface TextNode extends Named {
  readonly kind: 'text';
  readonly length: Expression;
  readonly padding: 'null' | 'blank';
}

/** Bytes with no inner structure; decoded to hexadecimal digits. */
export interface OpaqueNode extends Named {
  readonly kind: 'opaque';
  readonly length: Expression;
  /** The field ends the table and may be shorter than `length`. */
  readonly isOpenEnded: boolean;
  /** The digits are in the reverse order of the bytes: a number in packed BCD. */
  readonly isReversed: boolean;
}

/**
 * 4-bit numbers, the high half of a byte first, decoded to a list. The first half is not part of the list: `head` names
 * its bits, 0 the least significant. With an odd number of halves the last half is filler.
 */
export interface NibblesNode extends Named {
  readonly kind: 'nibbles';
  readonly head: readonly BitPart[];
  /** Numbers in the list. */
  readonly count: Expression;
}

/** SET: decoded to the numbers of the bits that are set. Bit 0 of byte 0 is number 0 (not specified by the guide). */
export interface SetNode extends Named {
  readonly kind: 'set';
  readonly length: Expression;
}

export type ClockType = 'TIME' | 'LTIME_DATE' | 'STIME_DATE' | 'DATE' | 'ANSI_DATE' | 'RDATE';
export interface ClockNode extends Named {
  readonly kind: 'clock';
  readonly type: ClockType;
}

export interface ReservedNode {
  readonly kind: 'reserved';
  readonly length: Expression;
}

export type LeafNode =
  IntegerNode | BitsNode | NibblesNode | TextNode | OpaqueNode | SetNode | ClockNode | ReservedNode;

export interface ArrayNode extends Named {
  readonly kind: 'array';
  readonly count: Expression;
  /** Declared bytes of each element; null: as many as its fields need. */
  readonly size: Expression | null;
  readonly element: readonly FieldNode[];
  /** The elements are tariffs: registers in them have tier = index + 1, as on the display. */
  readonly tiers: boolean;
  /**
   * Elements from number `from` on exist since a firmware version and are decoded as far as the bytes extend. null:
   * `count` elements in every firmware.
   */
  readonly growth: { readonly from: number; readonly firmware: string } | null;
}

export interface RecordNode extends Named {
  readonly kind: 'record';
  /** Declared bytes of the record; null: as many as its fields need. */
  readonly size: Expression | null;
  readonly fields: readonly FieldNode[];
}

/** `IF condition THEN fields`. */
export interface WhenNode {
  readonly kind: 'when';
  readonly condition: Expression;
  readonly fields: readonly FieldNode[];
}

/**
 * Fields at the end that only newer firmware has, or (null) that every firmware has but a shorter read leaves out. They
 * are decoded as far as the bytes extend. Fields of every firmware are not laid out while a dimension in the table
 * itself is unknown.
 */
export interface SinceNode {
  readonly kind: 'since';
  readonly firmware: string | null;
  readonly fields: readonly FieldNode[];
}

/** Fields that belong together and are read in one request. */
export interface BlockNode {
  readonly kind: 'block';
  readonly fields: readonly FieldNode[];
}

/** The next field is at an offset that an earlier field or a dimension gives. */
export interface SeekNode {
  readonly kind: 'seek';
  readonly offset: Expression;
}

/** Consecutive structures of different lengths, up to an offset that an earlier field gives. */
export interface SequenceNode extends Named {
  readonly kind: 'sequence';
  readonly until: Expression;
  readonly element: readonly FieldNode[];
}

/**
 * The end of a table whose structure only its own bytes define. `max` bytes are read as long as the structure is not
 * known. Bytes after its fields have no meaning.
 */
export interface SelfSizedNode {
  readonly kind: 'selfSized';
  readonly max: Expression;
  readonly fields: readonly FieldNode[];
}

/** The bytes from here on are not described. */
export interface RestNode {
  readonly kind: 'rest';
}

export type FieldNode =
  | LeafNode
  | ArrayNode
  | SequenceNode
  | RecordNode
  | WhenNode
  | SinceNode
  | BlockNode
  | SeekNode
  | SelfSizedNode
  | RestNode;

/** A table of the guide: its structure, described once. */
export interface TableDescription {
  readonly name: TableName;
  /** BTn = n, ETn = 2048 + n. */
  readonly number: number;
  readonly title: string;
  readonly summary: string;
  /** Printed pages of the MEP guide, and of the optical guide after `opt`. */
  readonly pages: string;
  readonly read: Access;
  readonly write: Access;
  /**
   * False for tables that this package never writes though a meter may: measured values, and keys and access of the
   * ports.
   */
  readonly mayBeWritten?: boolean;
  /** The table is in RAM. [MEP p.259-262] Writes to all other tables wear out non-volatile memory. */
  readonly isVolatile?: boolean;
  /** The damage that a write can do; any write requires a separate permission. */
  readonly risk?: WriteRisk;
  /** First firmware that has the table. */
  readonly since?: string;
  /** Tables whose values the structure depends on. */
  readonly needs: readonly TableName[];
  /** @internal */
  readonly fields: readonly FieldNode[];
}
