import type { Send } from '../http/message.ts';
import type { EcrRegistry } from './ecr-registry.ts';

/** What Amazon ECR answers to GetAuthorizationToken. */
export interface EcrToken {
  /** Base64 of `AWS:password`. */
  readonly text: string;
  /** Milliseconds since 1970; `undefined` when it is not known. */
  readonly expiresAt: number | undefined;
}

/** One image of a repository, as DescribeImages gives it. */
export interface EcrImage {
  readonly digest: string | undefined;
  readonly tags: readonly string[];
  /** Milliseconds since 1970. */
  readonly pushed: number | undefined;
}

export type EcrImagePage =
  | { readonly kind: 'page'; readonly images: readonly EcrImage[]; readonly next: string | undefined }
  /** The identity may not describe the images; it may still pull them. */
  | { readonly kind: 'denied' };

export interface EcrPageRequest {
  /** The repository's name in its registry: `acme/api`. */
  readonly repository: string;
  /** `next` of the page before. */
  readonly after: string | undefined;
}

/** The API of Amazon ECR, for each registry with the identity of its entry. Every method throws `LynceusError`. */
export interface EcrApi {
  /** GetAuthorizationToken. */
  authorizationToken(registry: EcrRegistry, signal: AbortSignal): Promise<EcrToken>;
  /** One page of DescribeImages: images that have a tag. */
  imagePage(registry: EcrRegistry, page: EcrPageRequest, signal: AbortSignal): Promise<EcrImagePage>;
}

/** How requests of each kind are sent to a registry, by its host. */
export type SendAs = (kind: 'tags' | 'token', registry: string) => Send;
