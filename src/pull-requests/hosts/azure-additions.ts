import type { HostApi } from '../host-api.ts';
import type { Additions } from '../host-dialect.ts';
import type { ApiAnswer } from '../refusal.ts';
import { NAME_REFUSED } from '../reviewers.ts';
import { AZURE_API_VERSION } from './azure-reviewers.ts';

/** Labels of a request were a preview before version 7.1 of the API ("Pull Request Labels - Create"). */
const LABELS_VERSION = { 'api-version': '6.0-preview.1' } as const;

/** Adds to the pull requests at a path of the API. */
export function azureAdditions(api: HostApi, path: string): Required<Additions> {
  return {
    async labels(number, names, signal) {
      let answer: ApiAnswer = { status: 204, headers: {}, content: undefined };
      for (const name of names) {
        const call = {
          method: 'POST',
          path: `${path}/${number}/labels`,
          query: LABELS_VERSION,
          body: { name },
          what: `label pull request !${number}`,
          understands: NAME_REFUSED,
        } as const;
        if (answer.status < 300) answer = await api.call(call, signal);
      }
      return answer;
    },
    reviewers(number, ids, signal) {
      const call = {
        method: 'POST',
        path: `${path}/${number}/reviewers`,
        query: AZURE_API_VERSION,
        body: ids.map((id) => ({ id })),
        what: `ask for reviews of pull request !${number}`,
        understands: NAME_REFUSED,
      } as const;
      return api.call(call, signal);
    },
  };
}
