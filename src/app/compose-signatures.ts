import { createExpiringCache } from '../async/expiring-cache.ts';
import type { Config } from '../config/config.ts';
import type { KeyPlace } from '../core/gates/signature-policy.ts';
import type { ReadSecret } from '../credentials/kube-secrets.ts';
import { readNamedFile } from '../credentials/read-named-file.ts';
import { readVerificationKey } from '../credentials/verification-key.ts';
import { LynceusError } from '../errors.ts';
import { createHttpClient } from '../http/client.ts';
import { proxyFromEnvironment } from '../http/proxy.ts';
import type { ReadConfigMap } from '../kube/config-maps.ts';
import type { Observer } from '../ports/observer.ts';
import type { Signatures, SignatureSource } from '../ports/signatures.ts';
import { createSignatures } from '../signatures/create-signatures.ts';
import { createTrustRoots } from '../signatures/trust-root/trust-roots.ts';
import { VERSION } from '../version.ts';
import type { Environment } from './environment.ts';
import type { ClusterReach } from './reach-cluster.ts';

export interface SignatureParts {
  readonly source: SignatureSource;
  readonly cluster: ClusterReach | undefined;
  readonly observer: Pick<Observer, 'signatureRefused'>;
}

/** Signatures are fetched as all else from registries; their keys are in files, and in Secrets and ConfigMaps of the cluster. */
export function composeSignatures(
  config: Config,
  environment: Environment,
  { source, cluster, observer }: SignatureParts,
): Signatures & { close(): void } {
  const { argocdNamespace } = config.applications;
  const readSecret: ReadSecret | undefined =
    cluster && (async (secret, signal) => await (await cluster()).secrets.read(secret, signal));
  const readConfigMap: ReadConfigMap | undefined =
    cluster && (async (place, signal) => await (await cluster()).readConfigMap(place, signal));
  const readText = async (place: KeyPlace, signal: AbortSignal): Promise<string> => {
    switch (place.kind) {
      case 'secret':
        return await readVerificationKey(place.secret, { readSecret, argocdNamespace }, signal);
      case 'config-map':
        return await textOf(place.configMap, readConfigMap, signal);
      case 'file':
        return await readNamedFile(place.path, {
          message: `the file ${place.path} of a signature policy cannot be read`,
          code: 'credentials-missing',
        });
    }
  };
  const tuf = composeTuf(config, environment);
  const trustRoots = createTrustRoots({ readText, readPublic: tuf.read });
  const signatures = createSignatures({ source, readKey: readText, trustRoots, observer });
  return { ...signatures, close: () => tuf.close() };
}

async function textOf(
  place: Parameters<ReadConfigMap>[0],
  read: ReadConfigMap | undefined,
  signal: AbortSignal,
): Promise<string> {
  const where = `the ConfigMap ${place.namespace}/${place.name}`;
  if (read === undefined)
    throw missing(
      `${where} is named, and there is no cluster to read it from`,
      'run in the cluster, or set KUBECONFIG',
    );
  const text = await read(place, signal);
  if (text === undefined)
    throw missing(
      `there is no ${where}, or it has no field ${place.field}`,
      'create it, or correct gates.signatures',
    );
  return text;
}

function missing(message: string, hint: string): LynceusError {
  return new LynceusError('credentials-missing', message, { hint });
}

const DAY = 86_400_000;
/** A repository that cannot be asked is asked again after this. */
const PAUSE = 300_000;

const CODES = {
  unreachable: 'trust-root-unavailable',
  tooLarge: 'trust-root-unavailable',
  invalid: 'trust-root-unavailable',
} as const;
const TIMEOUTS = { connect: 10_000, response: 15_000, total: 30_000 } as const;

/** Nothing is fetched, and nothing of it loaded, before a keyless signature is to be verified. */
function composeTuf(
  { gates: { tuf } }: Config,
  { clock, env }: Environment,
): { readonly read: (signal: AbortSignal) => Promise<string>; close(): void } {
  const client = createHttpClient({
    userAgent: `lynceus/${VERSION}`,
    codes: CODES,
    timeouts: TIMEOUTS,
    proxyFor: proxyFromEnvironment(env),
  });
  const kept = createExpiringCache<string>({ clock, failuresLast: PAUSE });
  const options = { ...tuf, rootFile: tuf.rootFile, send: client.send, clock };
  return {
    async read(signal) {
      const { readTufRoot } = await import('../signatures/trust-root/tuf-root.ts');
      return await kept.get(tuf.mirror, { longest: DAY, read: (own) => readTufRoot(options, own) }, signal);
    },
    close: () => client.close(),
  };
}
