import type { ConfiguredPolicy } from '../../src/core/gates/configured-policy.ts';

/** A policy of the configuration that is for every image, and for one key in a file. */
export function aConfiguredPolicy(changes: Partial<ConfiguredPolicy> = {}): ConfiguredPolicy {
  return {
    name: 'releases',
    projects: [],
    namespaces: [],
    applications: [],
    images: [],
    onlyByName: false,
    keys: [{ kind: 'file', path: '/keys/cosign.pub' }],
    signers: [],
    requireSignature: true,
    attestations: [],
    require: { log: true, timestamp: false, sct: true },
    trustRoot: { kind: 'public' },
    ...changes,
  };
}
