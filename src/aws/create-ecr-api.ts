import type { EcrApi, SendAs } from './ecr-api.ts';

/** Loads the SDK of AWS with the first request: most processes have no image of Amazon ECR. */
export function createEcrApi(sendAs: SendAs): EcrApi {
  let loading: Promise<EcrApi> | undefined;

  function load(): Promise<EcrApi> {
    loading ??= import('./sdk-ecr-api.ts').then(({ createSdkEcrApi }) => createSdkEcrApi(sendAs));
    return loading;
  }

  return {
    authorizationToken: async (registry, signal) => (await load()).authorizationToken(registry, signal),
    imagePage: async (registry, page, signal) => (await load()).imagePage(registry, page, signal),
  };
}
