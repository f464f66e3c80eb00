import type { GitRemote } from '../../core/git/remote.ts';
import type { ImageRepository } from '../../core/image/reference.ts';

/** One HTTP request as a sender sees it. Header names in lower case. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** What a payload names: never a version. */
export type WebhookEvent =
  | {
      readonly kind: 'image';
      readonly repository: ImageRepository;
      /** For the log only. */
      readonly tag: string | undefined;
    }
  | {
      readonly kind: 'git';
      /** The one remote in every form of its URL that the payload has. */
      readonly remotes: readonly GitRemote[];
      /** `undefined` where the payload does not say which. */
      readonly branch: string | undefined;
    };

/** `ignored` is for what is understood and means nothing to us, such as a ping or a deletion: it is answered with 200. */
export type WebhookReading =
  | { readonly kind: 'events'; readonly events: readonly WebhookEvent[] }
  | { readonly kind: 'ignored'; readonly why: string };

/** One kind of sender: how it proves who it is, and how its payloads are read. */
export interface WebhookSender {
  /** Value of `?type=` or of the header `X-Registry-Type`. */
  readonly type: string;
  /** Whether the request proves that its sender knows the secret, compared in constant time. An empty secret proves nothing. */
  verify(request: WebhookRequest, secret: string): boolean | Promise<boolean>;
  /** Throws `webhook-unreadable`, which says what was expected and what was found. */
  parse(request: WebhookRequest): WebhookReading;
}
