import { LynceusError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { GithubApp, TokenWish } from './github-app.ts';

export interface AppQuestion {
  readonly app: GithubApp;
  /** What GitHub was asked to do: `give a token for installation 7`. */
  readonly what: string;
  readonly wish?: TokenWish;
}

/** The error for an answer of GitHub's API that is not what was asked for. GitHub's own words may repeat ours, so they are left out. */
export function explainAnswer({ status }: HttpResponse, { app, what, wish }: AppQuestion): LynceusError {
  const message = `${new URL(app.apiUrl).host} did not ${what} of the GitHub App of ${app.where}: status ${status}`;
  const hint = hintFor(status, app, wish);
  return new LynceusError('credentials-failed', message, {
    ...(hint === undefined ? {} : { hint }),
    retryable: status >= 500 || status === 429,
  });
}

function hintFor(status: number, app: GithubApp, wish: TokenWish | undefined): string | undefined {
  switch (status) {
    case 401:
      return `see whether the private key belongs to the App ${app.appId}, and whether the clock of this machine is right`;
    case 403:
      return 'see whether the installation is suspended, and whether addresses are restricted';
    case 404:
      return 'see whether the number of the installation is right and belongs to this App';
    case 422:
      return `give the App the permission ${permissionsOf(wish)}, and let the owner of the installation accept it`;
    case 200:
    case 201:
      return 'see whether the base URL is that of the API, such as https://github.example.com/api/v3';
    default:
      return undefined;
  }
}

function permissionsOf({ permissions = {} }: TokenWish = { owner: '' }): string {
  const names = Object.entries(permissions).map(([name, access]) => `${name}: ${access}`);
  return names.length === 0 ? 'that it needs' : names.join(', ');
}
