import type { RegistryRequestKind } from '../core/registry-failure.ts';

/** Counts requests to registries, Git remotes and the servers of checks as they happen. Labels hold host names, never paths or secrets. */
export interface Observer {
  /** One HTTP request to a registry or its token endpoint; `status` 0 means no answer. */
  registryRequest(event: {
    readonly registry: string;
    readonly kind: RegistryRequestKind;
    readonly status: number;
    readonly seconds: number;
    /** How many requests it still takes of this login; absent where its answer does not say. */
    readonly quota?: { readonly remaining: number; readonly limit: number };
  }): void;
  /** A registry, or one path of it, is not asked `until` then, in milliseconds since 1970. */
  registryFrozen(event: {
    readonly registry: string;
    readonly scope: 'path' | 'host';
    readonly reason: 'status-429' | 'status-503' | 'quota';
    readonly until: number;
  }): void;
  /** A version did not fit a policy of signatures; the policy of an `ImageUpdater` has the name `''`. */
  signatureRefused(event: { readonly policy: string }): void;
  /** One fetch or push of a Git remote. */
  gitOperation(event: {
    readonly remote: string;
    /** For people, with its path: `git.example/acme/deploy`; absent where that is not known. No label of a metric. */
    readonly label?: string;
    readonly kind: 'fetch' | 'push';
    readonly ok: boolean;
    readonly seconds: number;
  }): void;
  /** One measurement of a check, by the name of the check. */
  checkMeasured(event: {
    readonly check: string;
    readonly result: 'success' | 'failure' | 'inconclusive' | 'pending' | 'no-answer';
  }): void;
}
