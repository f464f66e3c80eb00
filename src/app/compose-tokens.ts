import { createExchangeClients, type ExchangeClients } from '../credentials/exchange-clients.ts';
import {
  createGithubAppTokens,
  type GithubAppTokens,
} from '../credentials/github-app/installation-tokens.ts';
import { clientGuard, type AddressGuard } from '../http/address-guard.ts';
import { VERSION } from '../version.ts';
import type { Environment } from './environment.ts';

/** Token clients, shared by logins for registries and Git. */
export interface ComposedTokens {
  readonly clients: ExchangeClients;
  readonly githubApps: GithubAppTokens;
}

/** Nothing is requested before a login needs it. */
export function composeTokens({ clock, env }: Environment, guard: AddressGuard): ComposedTokens {
  const clients = createExchangeClients({
    userAgent: `lynceus/${VERSION}`,
    clock,
    env,
    guard: clientGuard(guard),
  });
  return { clients, githubApps: createGithubAppTokens({ clients, clock }) };
}
