/** AES-256-GCM around the fragment of a record, with an explicit nonce [RFC 5288 3, RFC 5246 6.2.3.3]. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concatBytes } from '../../bytes/hex.js';
import { badRecord } from './failure.js';
import {
  EXPLICIT_NONCE_BYTES,
  MAX_FRAGMENT_BYTES,
  PROTECTION_BYTES,
  recordHeader,
  TAG_BYTES,
  type TlsRecord,
} from './records.js';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
/** The implicit part of the nonce. */
export const SALT_BYTES = 4;
/** Records under one key at most, far below the limit of GCM [RFC 8446 5.5] and any wrap of the number. */
export const MAX_RECORDS = 2 ** 24;

/** The keys of one direction. */
export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** Protects or opens the records of one direction, in their order. */
export class RecordProtection {
  readonly #keys: DirectionKeys;
  #sequence: number;

  /** @param sequence number of the first record; 0 in TLS */
  constructor(keys: DirectionKeys, sequence = 0) {
    this.#keys = keys;
    this.#sequence = sequence;
  }

  /** Whether one more record may go under these keys. */
  get isUsedUp(): boolean {
    return this.#sequence >= MAX_RECORDS;
  }

  /**
   * The record with its fragment protected. The record's number is its explicit nonce, so none is used twice.
   * @throws ProtocolError `tls-bad-record` when the keys are used up
   */
  seal({ type, fragment }: TlsRecord): TlsRecord {
    this.#refuseWornKeys(fragment.subarray(0, 0));
    const explicitNonce = numberBytes(this.#sequence);
    const cipher = createCipheriv(CIPHER, this.#keys.key, concatBytes(this.#keys.salt, explicitNonce));
    cipher.setAAD(this.#additionalData(type, fragment.length));
    const sealed = concatBytes(explicitNonce, cipher.update(fragment), cipher.final(), cipher.getAuthTag());
    this.#sequence++;
    return { type, fragment: sealed };
  }

  /**
   * The record with its plain fragment. A record that fails changes nothing: the next one is tried under the same number.
   * @throws ProtocolError `tls-bad-record` when it is not the next authentic record
   */
  open({ type, fragment }: TlsRecord): TlsRecord {
    this.#refuseWornKeys(fragment);
    const length = fragment.length - PROTECTION_BYTES;
    if (length < 0) throw badRecord('a protected record without room for its tag', fragment);
    if (length > MAX_FRAGMENT_BYTES) throw badRecord(`a fragment of ${length} bytes`, fragment.subarray(0, TAG_BYTES));
    const nonce = concatBytes(this.#keys.salt, fragment.subarray(0, EXPLICIT_NONCE_BYTES));
    const decipher = createDecipheriv(CIPHER, this.#keys.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#additionalData(type, length));
    decipher.setAuthTag(fragment.subarray(-TAG_BYTES));
    const plain = decipher.update(fragment.subarray(EXPLICIT_NONCE_BYTES, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw badRecord('a record that is not authentic', fragment);
    }
    this.#sequence++;
    return { type, fragment: Uint8Array.from(plain) };
  }

  /**
   * Opens records that came together: all of them, or none and nothing has changed.
   * @throws ProtocolError `tls-bad-record`
   */
  openAll(records: readonly TlsRecord[]): TlsRecord[] {
    const before = this.#sequence;
    try {
      return records.map((record) => this.open(record));
    } catch (error) {
      this.#sequence = before;
      throw error;
    }
  }

  /** What is authenticated besides the fragment: the record's number and its header. */
  #additionalData(type: TlsRecord['type'], length: number): Uint8Array {
    return concatBytes(numberBytes(this.#sequence), recordHeader(type, length));
  }

  #refuseWornKeys(raw: Uint8Array): void {
    if (this.isUsedUp) throw badRecord('too many records under one key', raw);
  }
}

function numberBytes(sequence: number): Uint8Array {
  const bytes = new Uint8Array(EXPLICIT_NONCE_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(sequence));
  return bytes;
}
