import type { CredentialSpec } from '../core/credential-spec.ts';
import type { RequestGrouping } from '../core/pull-requests/group.ts';
import type { Platform } from '../core/image/platform.ts';
import type { RegistryAws } from './registry-aws.ts';
import type { RollbackRule } from '../core/policy.ts';
import type { RegistryApi } from '../core/registry-api.ts';
import type { RegistryNetwork } from './registry-network.ts';

/** The whole configuration: checked, complete, frozen. Durations are milliseconds. */
export interface Config {
  readonly applications: {
    /** Files, folders and globs that hold Application manifests; empty means the cluster. */
    readonly paths: readonly string[];
    /** Namespaces of the cluster that are looked at. */
    readonly namespaces: WatchedNamespaces;
    /** Globs; an Application is looked at when its name matches one. Empty means all. */
    readonly matchNames: readonly string[];
    /** `key=value`, all of which must hold. */
    readonly matchLabels: readonly { readonly key: string; readonly value: string }[];
    /** Namespace of Argo CD itself: an Application elsewhere gets its namespace into the override file's name. */
    readonly argocdNamespace: string;
    /** How many Applications are worked on at once. */
    readonly concurrency: number;
  };
  /** Nothing of it matters when Applications come from files. */
  readonly cluster: {
    /** Path; `undefined` means what kubectl would use, or the service account of the pod. */
    readonly kubeconfig: string | undefined;
    readonly context: string | undefined;
    /** Whether several processes agree on one that works. */
    readonly leaderElection: boolean;
    /** Namespace of the Lease; `undefined` means the own one. */
    readonly leaseNamespace: string | undefined;
    readonly leaseName: string;
    /** Which part of the Applications is ours; `index` counts from 0. `undefined` means all. */
    readonly shard: { readonly index: number; readonly count: number } | undefined;
    /** Whether Kubernetes Events are made. */
    readonly events: boolean;
    /** Whether Argo CD is asked to look at an Application again after a push. */
    readonly refreshAfterPush: boolean;
  };
  readonly secrets: {
    /**
     * Namespaces beside an Application's own from which it may name a Secret; `*` is every one. What the
     * administrator's registries name is not restricted.
     */
    readonly allowedNamespaces: readonly string[];
  };
  readonly schedule:
    | {
        readonly kind: 'interval';
        readonly every: number;
        /** Part of `every`, up to 0.5, by which each wait is longer or shorter by chance; absent means 0. */
        readonly jitter?: number;
      }
    | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string | undefined };
  readonly writeBack: {
    /** Meaning of a missing `write-back-method`. */
    readonly method: 'argocd' | 'git';
    /** Whether a values file or a key in it that is not there may be created. */
    readonly createMissing: boolean;
    /** One commit per Application, or one for all Applications of a remote and branch. */
    readonly commitPer: 'application' | 'remote';
    /** For how long what is to be written must stay the same before it is written; 0 writes at once. */
    readonly collect: number;
    /** Meaning of a missing `rollback`. */
    readonly rollback: RollbackRule;
    /** Meaning of a missing `allow-downgrade`. */
    readonly allowDowngrade: boolean;
  };
  readonly git: {
    readonly author: { readonly name: string; readonly email: string };
    /** `api`: GitHub makes them, and signs them itself; remotes elsewhere are pushed to with git. */
    readonly commitMethod: 'git' | 'api';
    /** How commits are signed; `undefined` when they are not. */
    readonly signing: GitSigningConfig | undefined;
    /** Whether the author signs off each commit (`Signed-off-by`). */
    readonly signOff: boolean;
    /** Text of the commit message template. */
    readonly messageTemplate: string;
    /** Whether commits say for machines what they wrote; without that no rollback is seen. */
    readonly trailers: boolean;
    /** How often a rejected push is fetched, replayed and pushed again. */
    readonly pushAttempts: number;
    /** Longest time for one git process. */
    readonly timeout: number;
    /** How many commits of a branch are kept to look back at. */
    readonly history: number;
    /** Folder for clones; emptied at will. */
    readonly cacheDirectory: string;
    /** How much room the clones may take between two cycles. */
    readonly cacheBytes: number;
    readonly remotes: readonly GitRemoteConfig[];
  };
  /** What is remembered of registries. */
  readonly cache: {
    /** File that keeps it across restarts; `undefined` means memory only. */
    readonly file: string | undefined;
    /** For memory and file alike. */
    readonly bytes: number;
  };
  /** The row with the longest `url` counts. */
  readonly pullRequests: readonly PullRequestConfig[];
  readonly registries: readonly RegistryConfig[];
  /** Platforms an image must offer where no annotation says; empty means what the strategies do by themselves. */
  readonly platforms: readonly Platform[];
  /** Docker configuration file with registry logins; `undefined` means none. */
  readonly dockerConfigFile: string | undefined;
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'text' | 'json';
  };
  readonly server: {
    /** Port of /healthz and /readyz; 0 is off. */
    readonly healthPort: number;
    /** Port of /metrics; 0 is off. The same number as `healthPort` serves both from one listener. */
    readonly metricsPort: number;
    readonly address: string;
  };
}

/** `own` is the namespace this process runs in, or that of the kubeconfig's context. */
export type WatchedNamespaces =
  | { readonly kind: 'own' }
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly names: readonly string[] };

/** Login for Git remotes whose URL starts with `url` (longest wins). Secrets are named, never written here. */
export interface GitRemoteConfig {
  readonly url: string;
  readonly usernameFrom: SecretReference | undefined;
  readonly passwordFrom: SecretReference | undefined;
  /** Instead of a password: a GitHub App, whose tokens are the password. */
  readonly githubApp: GithubAppConfig | undefined;
  /** Base URL of the API of GitHub Enterprise Server; `undefined`: as the App says, or by the host. */
  readonly apiUrl: string | undefined;
  readonly sshPrivateKeyFile: string | undefined;
  readonly sshKnownHostsFile: string | undefined;
  /** PEM bundle that is trusted for this remote. */
  readonly caFile: string | undefined;
  /** `undefined`: the environment decides. `except` of `*` is no proxy at all. */
  readonly proxy: { readonly url: string; readonly except: string } | undefined;
  /** Both or none: the certificate that is shown to the remote. */
  readonly clientCertFile: string | undefined;
  readonly clientKeyFile: string | undefined;
}

export interface GithubAppConfig {
  readonly appId: string;
  /** `undefined`: found by the repository. */
  readonly installationId: string | undefined;
  readonly privateKeyFrom: SecretReference;
  /** Base URL of the API of GitHub Enterprise Server; `undefined` is github.com. */
  readonly baseUrl: string | undefined;
}

export interface GitSigningConfig {
  readonly method: 'openpgp' | 'ssh';
  /** Key of the keyring, or path of an SSH key; only with a `keyFile` it may be missing. */
  readonly key: string | undefined;
  /** File with an OpenPGP key, instead of the keyring of `GNUPGHOME`. */
  readonly keyFile: string | undefined;
  readonly passphraseFrom: SecretReference | undefined;
}

/** Pull requests to Git remotes whose URL starts with `url`. What is `undefined` is not said. */
export interface PullRequestConfig {
  readonly url: string;
  /** Meaning of a missing annotation `pull-request`. */
  readonly enabled: boolean;
  /** Kind of the host; as its URL says unless said. */
  readonly kind: string | undefined;
  readonly apiUrl: string | undefined;
  readonly group: RequestGrouping;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly autoMerge: 'merge' | 'squash' | 'rebase' | undefined;
  readonly draft: boolean;
  readonly deleteBranch: boolean;
  readonly tokenFrom: SecretReference | undefined;
}

export type SecretReference =
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string };

/** One entry of `registries.conf` or of `registries` in the configuration file; `docs/configuration.md` explains the keys. */
export interface RegistryConfig extends RegistryNetwork, RegistryAws {
  readonly name: string;
  /** Base URL without a trailing slash. */
  readonly apiUrl: string;
  /** Host as in image names, perhaps with the start of a path; `''` only for the default. */
  readonly prefix: string;
  readonly credentials: CredentialSpec | undefined;
  /** After how long the credentials are read again; `undefined` is never. */
  readonly credentialsExpire: number | undefined;
  readonly tagSortMode: 'unsorted' | 'latest-first' | 'latest-last';
  /** Which interface of a vendor tells digests and times in bulk. */
  readonly api: RegistryApi;
  /** Put in front of names of one component: `library`. */
  readonly defaultNamespace: string;
  readonly insecure: boolean;
  /** Requests per second. */
  readonly limit: number;
  /** Requests at the same time; `undefined` is what is known of the registry. */
  readonly concurrency: number | undefined;
  readonly isDefault: boolean;
  readonly caFile: string | undefined;
  readonly caData: string | undefined;
  /** Whether no tag ever moves; absent means no. */
  readonly immutableTags?: boolean;
}
