import { reportingFailure } from '../c1218/protocol-events.js';
import { type RoundTrip, RoundTripMeasurement } from '../c1218/round-trip.js';
import type { TableRequest } from '../c1218/services.js';
import type { LinkCounters, RequestOptions, TableLink, TableLinkEvents } from '../c1218/table-link.js';
import { MepLine, type MepLineOptions } from './line.js';
import { RefusalPolicy } from './refusal-policy.js';

export interface MepPortOptions extends MepLineOptions {
  /** Times an unanswered message is sent again; default 3. */
  readonly retries?: number;
}

/** The options of a request under way. */
export type OptionsUnderWay = RequestOptions & { readonly signal: AbortSignal };

/** A MEP port as a `TableLink`: what is the same with every security. */
export abstract class MepPort implements TableLink {
  readonly protocol = 'mep';
  readonly padsWithZeros = false;
  abstract readonly maxReadBytes: number;
  abstract readonly maxWriteBytes: number;

  protected readonly line: MepLine;
  protected readonly retries: number;
  protected readonly roundTrips = new RoundTripMeasurement();
  protected readonly refusals = new RefusalPolicy();

  constructor(options: MepPortOptions) {
    this.line = new MepLine(options);
    this.retries = options.retries ?? 3;
  }

  get description(): string {
    return this.line.description;
  }

  get isNetwork(): boolean {
    return this.line.isNetwork;
  }

  get keyTrialInMs(): number | undefined {
    return this.refusals.trialInMs(this.line.clock.now());
  }

  get counters(): Readonly<LinkCounters> {
    return this.line.counters;
  }

  get roundTrip(): RoundTrip {
    return this.roundTrips.times;
  }

  open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    return this.line.open(events, signal);
  }

  close(): Promise<void> {
    return this.line.close();
  }

  revive(): Promise<void> {
    return this.line.revive();
  }

  read(table: number, offset: number, count: number, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.ask({ service: 'partial-read', table, offset, count }, options);
  }

  abstract write(table: number, offset: number, data: Uint8Array, options?: RequestOptions): Promise<void>;

  protected ask(request: TableRequest, options: RequestOptions): Promise<Uint8Array> {
    return this.line.exclusive(options.signal, (signal) => {
      this.line.counters.requests++;
      return reportingFailure(this.line.report, () => this.perform(request, { ...options, signal }));
    });
  }

  /** Sends a request, again where it must be, and returns the data of the verified answer. */
  protected abstract perform(request: TableRequest, options: OptionsUnderWay): Promise<Uint8Array>;
}
