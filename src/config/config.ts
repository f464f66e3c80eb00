import type { ConfiguredPolicy } from '../core/gates/configured-policy.ts';
import type { CheckedRows } from '../settings/keys.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import type { SecretReference } from '../settings/secret-place.ts';
import type { TABLE } from '../settings/table.ts';
import type { PassedFault } from './faults.ts';

/** The configuration file with every default filled in, and each key checked by itself. */
export type ConfigFile = CheckedRows<typeof TABLE>;

type Git = ConfigFile['git'];

/** The whole configuration: checked, complete, frozen. Durations are milliseconds. The table of settings explains the keys. */
export interface Config extends Omit<
  ConfigFile,
  'schedule' | 'git' | 'registries' | 'registriesFile' | 'permissions' | 'webhooks' | 'gates'
> {
  readonly schedule:
    | {
        readonly kind: 'interval';
        readonly every: number;
        /** Part of `every`, up to 0.5, by which each wait is longer or shorter by chance; absent means 0. */
        readonly jitter?: number;
      }
    | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string | undefined }
    /** One cycle at once, and then only for what changes. */
    | { readonly kind: 'changes' };
  readonly git: Omit<Git, 'signing' | 'messageTemplate' | 'messageTemplateFile' | 'cacheMiB'> & {
    /** How commits are signed; `undefined` when they are not. */
    readonly signing: GitSigningConfig | undefined;
    /** Text of the commit message template. */
    readonly messageTemplate: string;
    /** How much room the clones may take between two cycles. */
    readonly cacheBytes: number;
  };
  readonly gates: Omit<ConfigFile['gates'], 'signatures'> & {
    readonly signatures: readonly ConfiguredPolicy[];
  };
  readonly permissions: ConfigFile['permissions'] & {
    /** There is a list of rules, if only an empty one. */
    readonly written: boolean;
  };
  readonly webhooks: Omit<ConfigFile['webhooks'], 'secrets'> & {
    readonly secrets: readonly WebhookSecretConfig[];
  };
  /** Those of both files. */
  readonly registries: readonly RegistryEndpoint[];
  /** What cannot be used and was passed over, because Argo CD Image Updater starts with it too. */
  readonly passedFaults: readonly PassedFault[];
}

/** Where the secret of one type of webhook is. */
export interface WebhookSecretConfig {
  /** As requests name it: `docker.io`. */
  readonly type: string;
  /** Its key: `webhooks.secrets.docker`. */
  readonly key: string;
  readonly from: SecretReference;
  /** Somebody named the place; the variable of the default need not be set. */
  readonly required: boolean;
}

export interface GitSigningConfig {
  readonly method: 'openpgp' | 'ssh';
  /** Key of the keyring, or path of an SSH key; only with a `keyFile` it may be missing. */
  readonly key: string | undefined;
  /** File with an OpenPGP key, instead of the keyring of `GNUPGHOME`. */
  readonly keyFile: string | undefined;
  readonly passphraseFrom: SecretReference | undefined;
}
