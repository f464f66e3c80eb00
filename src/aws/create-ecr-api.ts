import type { EcrApi, SendAs } from './ecr-api.ts';

/** Who has no image of Amazon ECR does not load the SDK of AWS. */
export function createEcrApi(sendAs: SendAs): EcrApi {
  let loading: Promise<EcrApi> | undefined;

  function load(): Promise<EcrApi> {
    loading ??= import('./sdk-ecr-api.ts').then(({ createSdkEcrApi }) => createSdkEcrApi(sendAs));
    return loading;
  }

  return {
    authorizationToken: async (registry, signal) => (await load()).authorizationToken(registry, signal),
    imagePage: async (registry, question, signal) => (await load()).imagePage(registry, question, signal),
  };
}
