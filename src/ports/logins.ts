import type { CredentialSpec } from '../core/credential-spec.ts';
import type { ImageRepository } from '../core/image/reference.ts';

/** How to authenticate to a registry. */
export type Login =
  | {
      readonly kind: 'anonymous';
      readonly identity: string;
      /** Where no login was found, as one sentence for people. */
      readonly why?: string;
    }
  | {
      readonly kind: 'basic';
      /** Names the login without revealing it (`env:GHCR`, `docker-config:ghcr.io`); results are shared per identity. */
      readonly identity: string;
      readonly username: string;
      readonly password: string;
      /** Why this one and no other, as one sentence for people. */
      readonly why?: string;
    };

/** Finds a login. Throws `LynceusError` (`credentials-missing`, `credentials-failed`) when one was named but cannot be had; their `trail` says which one and why it. */
export interface Logins {
  /** `spec` is what the Application named for the image; without it the registry's own login, then anonymous. */
  find(repository: ImageRepository, spec: CredentialSpec | undefined, signal: AbortSignal): Promise<Login>;
}
