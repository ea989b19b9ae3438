import { isInconsistent, isRefusal } from '../../error-kinds.js';
import { DecodeError } from '../../errors.js';
import {
  type HistoryRequest,
  type LoadProfile,
  type ProfileSpan,
  readProfileSpan,
  type Steps,
} from '../../history/index.js';
import type { MeterDescription } from '../../meter/index.js';
import { type DataSetChoice, type ProfileSetup, readProfileSetup } from './profile-setup.js';
import type { HistorySource } from './source.js';

/** The set-up is another one, or the meter is: what was read under the former one is not used. */
export class SetupChanged extends Error {}

interface Answered {
  readonly request: HistoryRequest;
  readonly bytes: Uint8Array;
}

/** Where a port gives no hint of a new set-up, answers longer than this are used only after the version was read. */
const MAX_UNVERIFIED_BYTES = 60;

/** Reads the load profile of one meter, under one set-up at a time. */
export class ProfileAccess {
  readonly #source: HistorySource;
  readonly #choice: DataSetChoice;
  #setup: ProfileSetup | undefined;
  /** Answers to requests that are made again at once. */
  #recent: readonly Answered[] = [];

  constructor(source: HistorySource, choice: DataSetChoice) {
    this.#source = source;
    this.#choice = choice;
  }

  /**
   * The set-up as it was read last; read where it was not. A meter without a load profile, or with one that is switched
   * off, is asked each time.
   */
  async setup(signal: AbortSignal | undefined): Promise<ProfileSetup> {
    const isUsable = this.#setup?.profile !== undefined && !this.#setup.isDisabled;
    if (!isUsable || this.#setup === undefined)
      this.#setup = await readProfileSetup(this.#source, this.#choice, signal);
    return this.#setup;
  }

  /** Reads the set-up again. @throws SetupChanged */
  async check(signal: AbortSignal | undefined): Promise<void> {
    const former = this.#setup;
    this.#recent = [];
    this.#setup = await readProfileSetup(this.#source, this.#choice, signal);
    if (former === undefined) return;
    const isSame = former.fingerprint === this.#setup.fingerprint && former.meter.serial === this.#setup.meter.serial;
    if (!isSame) throw new SetupChanged('The set-up of the load profile has changed');
  }

  /**
   * Takes a reader to its next step.
   * @param onBytes called with the bytes before the reader gets them
   * @throws SetupChanged; DecodeError where the bytes contradict the set-up, which was checked
   */
  async next<S>(
    steps: Steps<S, void>,
    request: HistoryRequest,
    signal: AbortSignal | undefined,
    onBytes: (bytes: Uint8Array) => void = () => undefined,
  ): Promise<S> {
    const bytes = await this.#read(request, signal);
    onBytes(bytes);
    try {
      return steps.next(bytes).value as S;
    } catch (error) {
      if (error instanceof DecodeError) await this.check(signal);
      throw error;
    }
  }

  /** The time that the recorded intervals cover. @throws SetupChanged */
  async span(profile: LoadProfile, signal: AbortSignal | undefined): Promise<ProfileSpan> {
    const steps = readProfileSpan(profile);
    const answers: Answered[] = [];
    for (let { value: step } = steps.next(); step;) {
      if (step.request === undefined) {
        this.#recent = answers;
        return step.span;
      }
      const { request } = step;
      const bytes = await this.#read(request, signal);
      answers.push({ request, bytes });
      step = steps.next(bytes).value;
    }
    throw new TypeError('The reader has ended early');
  }

  /** Bytes that were read under the present set-up. @throws SetupChanged */
  async #read(request: HistoryRequest, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { table, ...range } = request;
    const known = this.#recent.find((one) => isSameRequest(one.request, request));
    if (known !== undefined) return known.bytes;
    this.#recent = [];
    for (;;) {
      const isToVerify = this.#setup?.meter.protocol === 'optical' && range.count > MAX_UNVERIFIED_BYTES;
      try {
        const piece = await this.#source.readPiece(table, range, signal, isToVerify);
        if (this.#holds(piece.meter)) return piece.bytes;
      } catch (error) {
        // Under another set-up the bytes may not exist.
        if (isRefusal(error) || isInconsistent(error)) await this.check(signal);
        throw error;
      }
      await this.check(signal);
    }
  }

  /** Whether nothing was loaded again since the set-up was read: that happens after every hint of a change. */
  #holds({ dimensions, serial }: MeterDescription): boolean {
    const known = this.#setup?.meter;
    return known !== undefined && serial === known.serial && dimensions['BT61'] === known.dimensions['BT61'];
  }
}

function isSameRequest(one: HistoryRequest, other: HistoryRequest): boolean {
  return one.table === other.table && one.offset === other.offset && one.count === other.count;
}
