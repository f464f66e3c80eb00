import type { ImageRepository } from '../core/image/reference.ts';
import { LynceusError } from '../errors.ts';
import type { Login } from '../ports/logins.ts';
import type { Registry, RepositoryAccess } from '../ports/registry.ts';
import type { SignatureSource } from '../ports/signatures.ts';

/** Reads a refused login again; `undefined` when there is nothing newer. */
export type RenewLogin = (
  repository: ImageRepository,
  refused: Login,
  signal: AbortSignal,
) => Promise<Login | undefined>;

/** The same registry, which tries once more with a newer login when the one it was given is refused. */
export function withLoginRenewal(
  inner: Registry & SignatureSource,
  renew: RenewLogin,
): Registry & SignatureSource {
  async function tryTwice<R extends RepositoryAccess, T>(
    request: R,
    ask: (request: R) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await ask(request);
    } catch (error) {
      const { repository, login } = request;
      if (!(error instanceof LynceusError) || error.code !== 'registry-denied' || login.kind === 'anonymous')
        throw error;
      // Whatever goes wrong with reading it again, the refusal is what the reader has to know.
      const newer = await renew(repository, login, signal).catch(() => undefined);
      if (newer === undefined) throw error;
      return ask({ ...request, login: newer });
    }
  }

  return {
    listTags: (request, signal) => tryTwice(request, (current) => inner.listTags(current, signal), signal),
    describe: (request, signal) => tryTwice(request, (current) => inner.describe(current, signal), signal),
    signaturesIn: (request, signal) =>
      tryTwice(request, (current) => inner.signaturesIn(current, signal), signal),
  };
}
