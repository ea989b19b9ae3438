import { readTraceLines, type ReplayDifference, type ReplayResult, replayTrace } from '../../src/connect/index.js';

/** Replays a trace, and collects what differs. */
export async function replayed(text: string): Promise<ReplayResult & { readonly differences: ReplayDifference[] }> {
  const differences: ReplayDifference[] = [];
  const result = await replayTrace(readTraceLines([text]), (difference) => {
    differences.push(difference);
  });
  return { ...result, differences };
}
