import type { GithubAppTokens } from '../../src/credentials/github-app/installation-tokens.ts';

/** For tests in which no GitHub App is met. */
export const NO_APP_TOKENS: GithubAppTokens = {
  get: () => Promise.reject(new Error('no GitHub App was to be asked for a token')),
  renew: () => Promise.reject(new Error('no GitHub App was to be asked for a token')),
};
