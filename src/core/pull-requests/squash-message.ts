import { readRecords, recordLine } from '../overrides/record.ts';
import { addTrailers } from '../plan/trailers.ts';

const SIGN_OFF = /^Signed-off-by: .*$/gm;

/**
 * The message of the one commit that a host makes of these on a squash: their records stay in the history. `undefined` when they have none,
 * so that the host may write its own.
 */
export function squashMessage(message: string, commitMessages: readonly string[]): string | undefined {
  const records = commitMessages.flatMap(readRecords).map(recordLine);
  if (records.length === 0) return undefined;
  const signOffs = commitMessages.flatMap((text) => text.match(SIGN_OFF) ?? []);
  return addTrailers(message, [...new Set([...signOffs, ...records])]);
}
