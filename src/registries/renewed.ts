import type { ImageRepository } from '../core/image/reference.ts';
import { LynceusError } from '../errors.ts';
import type { Login } from '../ports/logins.ts';
import type { Registry } from '../ports/registry.ts';

/** Reads a refused login again; `undefined` when there is nothing newer. */
export type RenewLogin = (
  repository: ImageRepository,
  refused: Login,
  signal: AbortSignal,
) => Promise<Login | undefined>;

/** The same registry, which tries once more with a newer login when the one it was given is refused. */
export function renewed(inner: Registry, renew: RenewLogin): Registry {
  async function withRenewal<T>(
    repository: ImageRepository,
    login: Login,
    signal: AbortSignal,
    ask: (login: Login) => Promise<T>,
  ): Promise<T> {
    try {
      return await ask(login);
    } catch (error) {
      if (!(error instanceof LynceusError) || error.code !== 'registry-denied' || login.kind === 'anonymous')
        throw error;
      // Whatever goes wrong with reading it again, the refusal is what the reader has to know.
      const newer = await renew(repository, login, signal).catch(() => undefined);
      if (newer === undefined) throw error;
      return ask(newer);
    }
  }

  return {
    listTags: (repository, login, signal, wish) =>
      withRenewal(repository, login, signal, (current) => inner.listTags(repository, current, signal, wish)),
    describe: (repository, tag, needs, login, signal) =>
      withRenewal(repository, login, signal, (current) =>
        inner.describe(repository, tag, needs, current, signal),
      ),
  };
}
