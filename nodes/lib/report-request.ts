import { isFields, REPORT_PARTS, type ReportPart } from '../../src/internal.js';

/** What the dialog sends to have a report made. */
export interface ReportRequest {
  /** Of the deployed connection. */
  readonly id: string;
  /** Names the report in what is published while its tables are read; empty: nothing is. */
  readonly report: string;
  readonly parts: readonly ReportPart[];
}

const NAME = /^[\w.-]{0,100}$/;

/** A request as it was sent; undefined where it is none. */
export function readReportRequest(body: unknown): ReportRequest | undefined {
  if (!isFields(body)) return undefined;
  const { id, report = '', parts } = body;
  if (typeof id !== 'string' || typeof report !== 'string' || !NAME.test(id) || !NAME.test(report)) return undefined;
  if (!Array.isArray(parts)) return undefined;
  return { id, report, parts: REPORT_PARTS.filter((part) => parts.includes(part)) };
}
