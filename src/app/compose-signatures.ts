import type { Config } from '../config/config.ts';
import type { ReadSecret } from '../credentials/kube-secrets.ts';
import { readVerificationKey } from '../credentials/verification-key.ts';
import type { Signatures, SignatureSource } from '../ports/signatures.ts';
import { createSignatures } from '../signatures/create-signatures.ts';
import type { ClusterReach } from './reach-cluster.ts';

/** Signatures are fetched as all else from registries; their keys are in Secrets of the cluster. */
export function composeSignatures(
  { applications: { argocdNamespace } }: Config,
  { source, cluster }: { readonly source: SignatureSource; readonly cluster: ClusterReach | undefined },
): Signatures {
  const readSecret: ReadSecret | undefined =
    cluster && (async (secret, signal) => await (await cluster()).secrets.read(secret, signal));
  return createSignatures({
    source,
    readKey: (secret, signal) => readVerificationKey(secret, { readSecret, argocdNamespace }, signal),
  });
}
