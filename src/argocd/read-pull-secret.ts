import { parseCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import { coversImage, formatRegistryPrefix, prefixAround } from '../core/image/registry-prefix.ts';
import { yamlText } from '../core/permissions/permission-rule.ts';
import { LynceusError } from '../errors.ts';
import type { PolicyContext } from './policy-input.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

/** The image that a login is named for, and what its Application may name. */
export interface LoginOwner {
  /** The Application's own. */
  readonly namespace: string;
  readonly repository: ImageRepository;
  readonly environmentLogins: NonNullable<PolicyContext['environmentLogins']>;
  readonly mayNameSecretsIn: (namespace: string) => boolean;
}

interface PullSecretInput extends LoginOwner {
  readonly alias: string;
  readonly settings: SettingReader;
  readonly problems: ProblemList;
}

/** The login that is named for an image, as far as that can be told without reading a Secret. */
export function readPullSecret(input: PullSecretInput): CredentialSpec | undefined {
  const { alias, settings, problems } = input;
  const found = settings.ofImage(alias, 'pull-secret');
  if (found === undefined) return undefined;
  // What does not parse may be the secret itself, so the problem does not repeat it.
  const spec = problems.attempt({ key: found.key, value: '' }, () => parseCredentialSpec(found.value));
  return spec && problems.attempt(found, () => allowedSecret(spec, input));
}

function allowedSecret(spec: CredentialSpec, input: LoginOwner): CredentialSpec {
  const { namespace, mayNameSecretsIn } = input;
  if (spec.kind === 'ext')
    throw new LynceusError('annotation-invalid', 'expected a secret, found a program to run', {
      hint: "programs come from the administrator's registry configuration only: give the registry credentials: ext:… there",
    });
  if (spec.kind === 'env') return allowedVariable(spec, input);
  const secret = spec.kind === 'github-app' ? spec.at : spec;
  if (secret.kind === 'folder' || secret.kind === 'env')
    throw new LynceusError(
      'annotation-invalid',
      'expected a secret, found a GitHub App of the administrator',
      {
        hint: 'name a Secret that holds the App, or give the registry credentials: github-app:… in the configuration',
      },
    );
  if (mayNameSecretsIn(secret.namespace)) return spec;
  throw new LynceusError(
    'annotation-invalid',
    `expected a secret in the namespace of the Application, ${namespace}, found one in ${secret.namespace}`,
    {
      hint: `copy the secret to ${namespace}, give the login to the registry in the configuration, or let the administrator add ${secret.namespace} to secrets.allowedNamespaces`,
    },
  );
}

function allowedVariable(
  spec: Extract<CredentialSpec, { kind: 'env' }>,
  { repository, environmentLogins }: LoginOwner,
): CredentialSpec {
  const listed = environmentLogins.filter(({ name }) => name === spec.variable);
  const registries = listed.flatMap((one) => one.registries);
  if (registries.some((prefix) => coversImage(prefix, repository))) return spec;
  const image = formatRepository(repository);
  const why =
    listed.length === 0
      ? 'an administrator has not listed it'
      : `it is for ${registries.map(formatRegistryPrefix).join(', ')}`;
  const registry = formatRegistryPrefix(prefixAround(repository));
  throw new LynceusError(
    'credentials-denied',
    `the environment variable ${spec.variable} is not sent for ${image}: ${why}`,
    {
      hint: `an administrator may add to permissions.environment: {name: ${yamlText(spec.variable)}, registries: [${yamlText(registry)}]}`,
    },
  );
}
