import type { SignatureFinding } from '../core/gates/signature-finding.ts';
import type { SignaturePolicy } from '../core/gates/signature-policy.ts';
import { joinKey } from '../core/identity/key.ts';
import { formatRepository } from '../core/image/reference.ts';
import { LynceusError } from '../errors.ts';
import type { SignatureCriteria, Signatures } from '../ports/signatures.ts';
import { createDescriber, type ListedTags } from './describe-listed.ts';
import { orError } from './or-error.ts';
import { createQuestions, type Waiting } from './registry-questions.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { RegistryServices } from './services.ts';

export interface SignatureServices {
  /** Absent: what asks for a signature is held. */
  readonly signatures?: Signatures;
}

/** What is known of the signatures of a digest, and why nothing is. Each is asked once in a cycle. */
export interface CheckSignature {
  /** The digest that a tag has now. */
  digestOf(found: ListedTags, tag: string, waiting: Waiting): Promise<string | LynceusError>;
  findingOf(
    found: ListedTags,
    wanted: { readonly digest: string; readonly policy: SignaturePolicy },
    waiting: Waiting,
  ): Promise<SignatureFinding | LynceusError>;
}

/** Checks signatures in the turns of the cycle, as everything else that is asked of a registry. */
export function createSignatureChecker(
  { registry, signatures }: Pick<RegistryServices, 'registry'> & SignatureServices,
  turns: RegistryTurns,
): CheckSignature {
  const describe = createDescriber({ registry }, turns);
  const ask = createQuestions<SignatureFinding | LynceusError>(turns);

  async function find(
    { query, login }: ListedTags,
    { digest, policy }: { readonly digest: string; readonly policy: SignaturePolicy },
    waiting: Waiting,
  ): Promise<SignatureFinding | LynceusError> {
    const { repository } = query;
    const [verifier, criteria] = await criteriaOf(policy, waiting.signal);
    const work = (signal: AbortSignal) =>
      orError(signal, () => verifier.verify({ repository, login, digest, criteria }, signal));
    const what = `the signatures of ${formatRepository(repository)}@${digest}`;
    return await ask(
      { key: joinKey(query.key, digest, criteria.id), repository, what, work, isAnswer },
      waiting,
    );
  }

  async function criteriaOf(
    policy: SignaturePolicy,
    signal: AbortSignal,
  ): Promise<readonly [Signatures, SignatureCriteria]> {
    if (signatures === undefined) throw new Error('signatures cannot be checked here');
    return [signatures, await signatures.criteriaOf(policy, signal)];
  }

  return {
    async digestOf(found, tag, waiting) {
      const needs = { images: false, created: undefined };
      const digest = await orError(waiting.signal, () =>
        describe(found, { tag, needs, known: undefined }, waiting),
      );
      if (digest instanceof Error) return digest;
      return digest.kind === 'known' ? digest.facts.digest : digest.error;
    },
    findingOf: (found, wanted, waiting) => orError(waiting.signal, () => find(found, wanted, waiting)),
  };
}

function isAnswer(finding: SignatureFinding | LynceusError): boolean {
  return !(finding instanceof LynceusError) || !finding.retryable;
}
