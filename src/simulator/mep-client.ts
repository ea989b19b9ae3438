/** What a meter holds for its MEP client: alert causes and queued on-demand requests. [MEP p.17-18, p.82-92] */
import { toHex } from '../bytes/hex.js';
import type { TableValues } from '../tables/index.js';

/** Why a meter sends alerts, with the name of the flag in ET13. [MEP p.82-83] */
export const ALERT_CAUSES = {
  'scheduled-read': 'scheduledReadRequestAlert',
  'on-demand': 'onDemandRequestInEt15',
  'm-bus': 'mBusChange',
  'delta-data': 'deltaDataAlert',
} as const;
export type AlertCause = keyof typeof ALERT_CAUSES;

/** The handle of the first MEP client of a meter. [MEP p.25] */
export const CLIENT_HANDLE = 1000;
/** "Clear Delta Data Alert": the only type of a post whose number this edition of the guide has. [MEP p.35] */
const CLEAR_DELTA_DATA = 12;
/** Type, result and length. */
const POST_HEADER_BYTES = 4;
const COMPLETED = 0;
const INVALID_PARAMETER = 2;
const QUEUE_FULL = 7;
const QUEUE_ENTRIES = 5;
/** ET11.11 without the length. */
const WRITE_DATA_BYTES = 24;
const SUCCESS = 1;

/** An entry of ET15. */
interface OnDemandEntry {
  readonly transactionNumber: number;
  readonly requestType: number;
  readonly data: Uint8Array;
  result: number;
}

/** The alerts that the client has enabled in ET50. [MEP p.125-126] */
export interface WantedAlerts {
  /** Without it no alert is sent at all. [MEP p.36] */
  readonly isRegistered: boolean;
  readonly mBus: boolean;
  readonly deltaData: boolean;
}

/** State of the first MEP client of a meter. */
export class MepClient {
  readonly #raised = new Set<AlertCause>();
  readonly #queue: OnDemandEntry[] = [];
  #posted = 0;

  raise(cause: AlertCause): void {
    this.#raised.add(cause);
  }

  clear(cause: AlertCause): void {
    this.#raised.delete(cause);
  }

  clearAll(): void {
    this.#raised.clear();
  }

  /** True if the port sends alerts. */
  isAlerted(wanted: WantedAlerts): boolean {
    if (!wanted.isRegistered) return false;
    return [...this.#raised].some(
      (cause) => (cause !== 'm-bus' || wanted.mBus) && (cause !== 'delta-data' || wanted.deltaData),
    );
  }

  /** The flags of its entry in ET13. */
  get flags(): TableValues {
    return Object.fromEntries([...this.#raised].map((cause) => [ALERT_CAUSES[cause], true]));
  }

  /** EP19 for this client: the request is queued in ET15 until the client has posted its data. [MEP p.244-247] */
  request(
    transactionNumber: number,
    requestType: number,
    data: Uint8Array,
  ): readonly [code: number, ...rest: number[]] {
    if (this.#queue.filter(({ result }) => result === 0).length >= QUEUE_ENTRIES) return [QUEUE_FULL];
    const index = this.#posted++ % QUEUE_ENTRIES;
    this.#queue[index] = { transactionNumber, requestType, data, result: 0 };
    this.raise('on-demand');
    return [COMPLETED, index];
  }

  /**
   * EP39: data that the client posts, or its acknowledgement of an alert [MEP p.18]. This edition of the guide does not list
   * the types of a post, so posted data complete what is pending: the scheduled read first, then the oldest on-demand
   * request. A post without data clears the M-Bus alert.
   * @returns the procedure's result code
   */
  post(parameters: Uint8Array): number {
    const [type, , low = 0, high = 0] = parameters;
    if (type === undefined) return INVALID_PARAMETER;
    if (type === CLEAR_DELTA_DATA) {
      this.clear('delta-data');
      return COMPLETED;
    }
    const length = low + 256 * high;
    if (parameters.subarray(POST_HEADER_BYTES).length < length) return INVALID_PARAMETER;
    if (length === 0) this.clear('m-bus');
    else if (this.#raised.has('scheduled-read')) this.clear('scheduled-read');
    else this.#answerOldest();
    return COMPLETED;
  }

  #answerOldest(): void {
    const oldest = this.#waiting[0];
    if (oldest) oldest.result = SUCCESS;
    if (this.#waiting.length === 0) this.clear('on-demand');
  }

  get #waiting(): OnDemandEntry[] {
    const order = Array.from({ length: QUEUE_ENTRIES }, (_, i) => this.#queue[(this.#posted + i) % QUEUE_ENTRIES]);
    return order.filter((entry) => entry !== undefined).filter(({ result }) => result === 0);
  }

  /** Values of ET15. */
  get onDemandRequests(): TableValues {
    if (this.#posted === 0) return {};
    const entries = Array.from({ length: QUEUE_ENTRIES }, (_, index) => this.#queue[index]);
    return {
      writePointer: this.#posted % QUEUE_ENTRIES,
      readPointer: (this.#posted - this.#waiting.length) % QUEUE_ENTRIES,
      requestQueue: entries.map((entry): TableValues =>
        entry
          ? {
              transactionNumber: entry.transactionNumber,
              deviceHandleOrGroupMask: CLIENT_HANDLE,
              requestType: entry.requestType,
              result: entry.result,
            }
          : {},
      ),
      writeMessages: entries.map((entry): TableValues => (entry ? writeMessage(entry.data) : {})),
    };
  }
}

function writeMessage(data: Uint8Array): TableValues {
  const message = new Uint8Array(WRITE_DATA_BYTES);
  message.set(data.subarray(0, WRITE_DATA_BYTES));
  return { writeDataLength: Math.min(data.length, WRITE_DATA_BYTES), writeData: toHex(message, '') };
}
