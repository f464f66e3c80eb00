import { formatCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import { canonicalHost } from '../core/image/registry-host.ts';
import {
  coversImage,
  formatRegistryPrefix,
  parseRegistryPrefix,
  prefixAround,
} from '../core/image/registry-prefix.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { withTrail } from './chosen-login.ts';
import { githubAppAt } from './github-app/app-at.ts';
import { registryHostsOf } from './github-app/github-app.ts';
import type { ReadSecret, SecretName } from './kube-secrets.ts';
import type { LoginEndpoint, RegistryLogins } from './registry-logins.ts';
import { allowLine, LOGIN_FOR, placesOfLogin, whyUnnamed, type NamedSecret } from './secret-purpose.ts';

export interface BoundLoginsOptions {
  /** Without it there is no cluster, and a Secret that is named cannot be read anyway. */
  readonly readSecret: ReadSecret | undefined;
  readonly argocdNamespace: string;
  /** The administrator's entry for an image, if there is one. */
  readonly endpointOf: (repository: ImageRepository) => LoginEndpoint | undefined;
}

/**
 * The same logins for what annotations name: a Secret that is no login for registries is never read for one, and one with a
 * login for some registries is not sent to another. Programs and variables were checked where the annotation was read.
 * Throws `credentials-denied`, which shows nothing of the Secret but its labels and type.
 */
export function withBounds(logins: RegistryLogins, options: BoundLoginsOptions): RegistryLogins {
  return {
    async find(repository, spec, signal) {
      if (spec !== undefined) {
        const chosen = { identity: formatCredentialSpec(spec), why: 'named for this image' };
        await withTrail(chosen, () => checkBounds(spec, repository, { ...options, signal }));
      }
      return await logins.find(repository, spec, signal);
    },
    renew: (repository, refused, signal) => logins.renew(repository, refused, signal),
  };
}

type Context = BoundLoginsOptions & { readonly signal: AbortSignal };

async function checkBounds(
  spec: CredentialSpec,
  repository: ImageRepository,
  context: Context,
): Promise<void> {
  const name = spec.kind === 'github-app' ? spec.at : spec;
  if (name.kind === 'env' || name.kind === 'ext' || name.kind === 'folder') return;
  const secret = await readNamed(name, context);
  // What is not there is told by whoever needs it.
  if (secret === undefined) return;
  const why = whyUnnamed(secret, 'registry', context.argocdNamespace);
  if (why !== undefined)
    throw denied(`no annotation may name the Secret ${secret.namespace}/${secret.name}: it ${why}`, {
      hint: 'name a Secret that was made for this registry, or give the login to its entry in the configuration',
    });
  if (isNamedByEntry(spec, repository, context)) return;
  if (spec.kind === 'secret') checkPlaces(secret, repository);
  if (spec.kind === 'github-app') await checkApp(spec, secret, repository);
}

async function readNamed(
  { namespace, name }: SecretName,
  { readSecret, signal }: Context,
): Promise<NamedSecret | undefined> {
  const found = await readSecret?.({ namespace, name }, signal);
  return found && { ...found, namespace, name };
}

/** An administrator sends the same login there. */
function isNamedByEntry(
  spec: CredentialSpec,
  repository: ImageRepository,
  { endpointOf }: Pick<BoundLoginsOptions, 'endpointOf'>,
): boolean {
  const named = endpointOf(repository)?.credentials;
  return named !== undefined && formatCredentialSpec(named) === formatCredentialSpec(spec);
}

/** A field of a Secret has no place of its own, unlike an entry of a Docker configuration. */
function checkPlaces(secret: NamedSecret, repository: ImageRepository): void {
  const places = placesOfLogin(secret);
  const prefixes = places.map(parseRegistryPrefix).filter((prefix) => prefix !== undefined);
  if (prefixes.some((prefix) => coversImage(prefix, repository))) return;
  const where = `the login of the Secret ${secret.namespace}/${secret.name} is not sent to ${formatRepository(repository)}`;
  const why =
    places.length === 0
      ? `nothing says which registry it is for (${LOGIN_FOR})`
      : `its ${LOGIN_FOR} has ${places.map((one) => quoted(one)).join(', ')}`;
  throw denied(`${where}: ${why}`, {
    hint: `whoever owns the Secret may run: ${allowLine(secret, formatRegistryPrefix(prefixAround(repository)))}`,
  });
}

/** The token of an App is for the registry of its own GitHub. */
async function checkApp(
  spec: Extract<CredentialSpec, { kind: 'github-app' }>,
  { fields, namespace, name }: NamedSecret,
  repository: ImageRepository,
): Promise<void> {
  const app = await githubAppAt(spec.at, { env: {}, readFields: () => Promise.resolve(fields) });
  const hosts = registryHostsOf(app);
  if (hosts.some((host) => coversImage({ host: canonicalHost(host), path: '' }, repository))) return;
  throw denied(
    `the GitHub App of the Secret ${namespace}/${name} is not sent to ${formatRepository(repository)}: its registry is ${hosts.join(' or ')}`,
    {
      hint: `an administrator may give the registry an entry with credentials: ${formatCredentialSpec(spec)}`,
    },
  );
}

function denied(message: string, { hint }: { readonly hint: string }): LynceusError {
  return new LynceusError('credentials-denied', message, { hint, retryable: false });
}
