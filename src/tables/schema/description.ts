import type { Expression } from './expression.js';
import type { TableValues } from './values.js';

/** `BT28`, `ET03`. */
export type TableName = string;

/** Decoded dimension tables by name. */
export interface Dimensions {
  readonly [table: TableName]: TableValues | undefined;
}

/**
 * Least key that opens a table. `none`: no key is needed; `never`: it cannot be read or written at all.
 * @inline
 */
export type Access = 'none' | 'MBK' | 'MAK' | 'never';

/**
 * What a wrong write can do beyond looking wrong. `power`: open the load disconnect or a relay; `access`: close a port, lock
 * a key out, or start requests that are not checked here; `billing`: change what is registered, under which tariff or for
 * which meter.
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
  /** The field is a key: what shows values to others leaves it out. */
  readonly isSecret?: boolean;
  /** Why changing the field takes a permission of its own, in a table where most fields do not. */
  readonly risk?: WriteRisk;
  /** Where the guide contradicts itself or is silent, and what was chosen. */
  readonly erratum?: string;
  /** The field is a register: what it holds is named by another table. */
  readonly register?: RegisterAttributes;
  /** The field is a time, and where it is none the meter has not recorded the structure it is in. */
  readonly isStamp?: boolean;
  /** Of a list: the field beside it that holds the numbers of the elements which the meter has recorded. */
  readonly recordedBy?: string;
  /** Of a list: the field beside it that holds a status of each element, and in which of them there is no value. */
  readonly validBy?: { readonly field: string; readonly noValue: readonly number[] };
}

/** What a register is to its reader. */
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
    /** The guide's printed order: what firmware without that table uses. */
    readonly printed: readonly number[];
  };
  /** Field of the same record that holds the time of the value. */
  readonly time?: string;
}

interface Named {
  /** '' for the bare element of an array. */
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
  /** The digits are those of the bytes in reverse: a number in packed BCD. */
  readonly isReversed: boolean;
}

/**
 * 4-bit numbers, the high half of a byte first, decoded to a list. The first of them is not of the list: `head` names
 * its bits, 0 the least significant. An odd number of halves leaves the last one as filler.
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
  /** Bytes each element takes, whatever its fields need; null: as many as its fields need. */
  readonly size: Expression | null;
  readonly element: readonly FieldNode[];
  /** The elements are tariffs: registers inside carry tier = index + 1, as the display counts. */
  readonly tiers: boolean;
  /**
   * Elements from number `from` on are only there since a firmware: decoded as far as there are bytes. null: `count`
   * elements whatever the firmware.
   */
  readonly growth: { readonly from: number; readonly firmware: string } | null;
}

export interface RecordNode extends Named {
  readonly kind: 'record';
  /** Bytes the record takes, whatever its fields need; null: as many as its fields need. */
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
 * Fields at the end that only newer firmware has, or (null) that every firmware has and that a shorter read or an older
 * capture leaves out: decoded as far as there are bytes. Where a dimension that the table itself holds is not known,
 * those of every firmware are not laid out.
 */
export interface SinceNode {
  readonly kind: 'since';
  readonly firmware: string | null;
  readonly fields: readonly FieldNode[];
}

/** What belongs together and is read in one piece. */
export interface BlockNode {
  readonly kind: 'block';
  readonly fields: readonly FieldNode[];
}

/** Goes on at an offset of the table that an earlier field or a dimension names. */
export interface SeekNode {
  readonly kind: 'seek';
  readonly offset: Expression;
}

/** Structures of various lengths, one after the other, up to an offset of the table that an earlier field names. */
export interface SequenceNode extends Named {
  readonly kind: 'sequence';
  readonly until: Expression;
  readonly element: readonly FieldNode[];
}

/**
 * The end of a table whose structure only its own bytes define: at most `most` bytes, which is what is read when
 * nothing is known of them yet. Bytes behind its fields mean nothing.
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
  /** Printed pages, of the MEP guide, or of the optical guide after `opt`. */
  readonly pages: string;
  readonly read: Access;
  readonly write: Access;
  /** Whether this package writes it where the meter would: false for what was measured, and for what opens the ports. */
  readonly mayBeWritten?: boolean;
  /** Writes stay in RAM [MEP p.259-262]; those to every other table wear out memory. */
  readonly isVolatile?: boolean;
  /** Why any write takes a permission of its own. */
  readonly risk?: WriteRisk;
  /** First firmware that has the table. */
  readonly since?: string;
  /** Tables whose values the structure depends on. */
  readonly needs: readonly TableName[];
  /** @internal */
  readonly fields: readonly FieldNode[];
}
