import { LynceusError } from '../../../errors.ts';
import type { Clone } from '../clone.ts';
import { signaturesCommand } from '../commands.ts';
import { shorten } from '../failure.ts';
import type { VerifySignatures } from '../own-commits.ts';
import { parseSignatures } from '../parse-history.ts';
import type { SignatureCheck } from './signer.ts';

/** git starts a program for each commit, and a process has the time of one only. */
const AT_ONCE = 200;

/** Commits whose signatures were looked at are known by their hashes, which nobody can change. */
const MOST_KNOWN = 50_000;

/** What is known of signatures, for as long as the process lives. */
export type KnownSignatures = Map<string, boolean>;

export interface VerifyOptions {
  readonly clone: Pick<Clone, 'runStarting'>;
  readonly openCheck: (signal: AbortSignal) => Promise<SignatureCheck>;
  readonly known: KnownSignatures;
}

/** Verifies each commit once. Throws `signing-failed` when there is no key, and what running git throws. */
export function createVerification({ clone, openCheck, known }: VerifyOptions): VerifySignatures {
  return async (shas, signal) => {
    const unknown = shas.filter((sha) => !known.has(sha));
    if (known.size + unknown.length > MOST_KNOWN) known.clear();
    for (let begin = 0; begin < unknown.length; begin += AT_ONCE) {
      const some = unknown.slice(begin, begin + AT_ONCE);
      const { config, env, isOurs } = await openCheck(signal);
      const { code, stdout, stderr } = await clone.runStarting(signaturesCommand(some, config), env, signal);
      if (code !== 0)
        throw new LynceusError('git-failed', `git could not verify signatures: ${shorten(stderr)}`);
      for (const [sha, found] of parseSignatures(stdout.toString())) known.set(sha, isOurs(found));
    }
    return new Set(shas.filter((sha) => known.get(sha) === true));
  };
}
