import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../src/kube/kube-client.ts';
import { createFolder } from '../kube/stand-in.ts';

/** A Secret as the API server has it: its fields in base64. */
export function aSecret(
  namespace: string,
  name: string,
  fields: Readonly<Record<string, string>>,
  {
    labels = {},
    annotations = {},
    type = 'Opaque',
  }: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly type?: string;
  } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels, annotations },
    type,
    data: Object.fromEntries(
      Object.entries(fields).map(([field, text]) => [field, Buffer.from(text).toString('base64')]),
    ),
  };
}

/** A Secret that Argo CD takes for a repository, or for a credential template. */
export function anArgocdSecret(
  type: 'repository' | 'repo-creds' | 'repository-write' | 'repo-write-creds',
  name: string,
  fields: Readonly<Record<string, string>>,
): KubeObject {
  return aSecret('argocd', name, fields, { labels: { 'argocd.argoproj.io/secret-type': type } });
}

/** A new private key in the form of OpenSSH. */
export function makePrivateKey(): string {
  const path = join(createFolder(), 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
  return readFileSync(path, 'utf8');
}
