import { createExchangeClients, type ExchangeClients } from '../credentials/exchange-clients.ts';
import {
  createGithubAppTokens,
  type GithubAppTokens,
} from '../credentials/github-app/installation-tokens.ts';
import { VERSION } from '../version.ts';
import type { Environment } from './environment.ts';

/** What gives out tokens, for registries and Git alike. */
export interface ComposedTokens {
  readonly clients: ExchangeClients;
  readonly githubApps: GithubAppTokens;
}

/** Nobody is asked for anything before a login needs it. */
export function composeTokens({ clock, env }: Environment): ComposedTokens {
  const clients = createExchangeClients({ userAgent: `lynceus/${VERSION}`, clock, env });
  return { clients, githubApps: createGithubAppTokens({ clients, clock }) };
}
