import {
  DescribeImagesCommand,
  GetAuthorizationTokenCommand,
  type ECRClient,
  type ImageDetail,
} from '@aws-sdk/client-ecr';
import { LynceusError } from '../errors.ts';
import type { EcrApi, EcrImage, SendAs } from './ecr-api.ts';
import { explainAwsError, isNoPermission, isStaleIdentity, type AwsRequest } from './explain-aws-error.ts';
import { createSdkClients } from './sdk-clients.ts';

/** The most that DescribeImages gives at once. */
const PAGE_SIZE = 1000;

/**
 * The API of Amazon ECR through the SDK, with whatever identity the SDK finds: environment, web identity (IRSA), Pod
 * Identity, profile, instance role. Imported only when the first image of ECR is met: the SDK is large.
 */
export function createSdkEcrApi(sendAs: SendAs): EcrApi {
  const clients = createSdkClients(sendAs);

  /** A refused identity is read again, once: its source may have been renewed. */
  async function ask<T>({ registry }: AwsRequest, run: (client: ECRClient) => Promise<T>): Promise<T> {
    const client = clients.get(registry);
    try {
      return await run(client);
    } catch (thrown) {
      if (!isStaleIdentity(thrown)) throw thrown;
      clients.forget(registry, client);
      return await run(clients.get(registry));
    }
  }

  return {
    async authorizationToken(registry, signal) {
      const request: AwsRequest = { registry, what: 'a login', signal };
      try {
        const command = new GetAuthorizationTokenCommand({ registryIds: [registry.account] });
        const answer = await ask(request, (client) => client.send(command, { abortSignal: signal }));
        const [data] = answer.authorizationData ?? [];
        if (data?.authorizationToken === undefined)
          throw new LynceusError(
            'credentials-failed',
            `Amazon ECR of account ${registry.account} in ${registry.region} answered without a token`,
          );
        return { text: data.authorizationToken, expiresAt: data.expiresAt?.getTime() };
      } catch (thrown) {
        throw explainAwsError(thrown, request);
      }
    },
    async imagePage(registry, { repository, after }, signal) {
      const request: AwsRequest = { registry, what: `the images of ${repository}`, signal };
      try {
        const command = new DescribeImagesCommand({
          registryId: registry.account,
          repositoryName: repository,
          filter: { tagStatus: 'TAGGED' },
          maxResults: PAGE_SIZE,
          ...(after === undefined ? {} : { nextToken: after }),
        });
        const answer = await ask(request, (client) => client.send(command, { abortSignal: signal }));
        return { kind: 'page', images: (answer.imageDetails ?? []).map(toImage), next: answer.nextToken };
      } catch (thrown) {
        if (isNoPermission(thrown)) return { kind: 'denied' };
        throw explainAwsError(thrown, request);
      }
    },
  };
}

function toImage({ imageDigest, imageTags, imagePushedAt }: ImageDetail): EcrImage {
  return { digest: imageDigest, tags: imageTags ?? [], pushed: imagePushedAt?.getTime() };
}
