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

/** Asks for each commit once. */
export function onceEach(known: KnownSignatures, ask: VerifySignatures): VerifySignatures {
  return async (shas, signal) => {
    const unknown = shas.filter((sha) => !known.has(sha));
    if (known.size + unknown.length > MOST_KNOWN) known.clear();
    if (unknown.length > 0) {
      const ours = await ask(unknown, signal);
      for (const sha of unknown) known.set(sha, ours.has(sha));
    }
    return new Set(shas.filter((sha) => known.get(sha) === true));
  };
}

/** Verifies signatures with git. Throws `signing-failed` when there is no key, and what running git throws. */
export function createVerification({ clone, openCheck, known }: VerifyOptions): VerifySignatures {
  return onceEach(known, async (shas, signal) => {
    const ours = new Set<string>();
    const { config, env, isOurs } = await openCheck(signal);
    for (let begin = 0; begin < shas.length; begin += AT_ONCE) {
      const some = shas.slice(begin, begin + AT_ONCE);
      const { code, stdout, stderr } = await clone.runStarting(signaturesCommand(some, config), env, signal);
      if (code !== 0)
        throw new LynceusError('git-failed', `git could not verify signatures: ${shorten(stderr)}`);
      for (const [sha, found] of parseSignatures(stdout.toString())) if (isOurs(found)) ours.add(sha);
    }
    return ours;
  });
}
