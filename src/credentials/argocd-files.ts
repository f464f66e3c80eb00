import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitRemote } from '../core/git/remote.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Argo CD's ConfigMap `argocd-ssh-known-hosts-cm`, where it is mounted; `undefined` when it is not. */
export async function argocdKnownHostsFile(env: Environment): Promise<string | undefined> {
  const folder = nonEmpty(env['ARGOCD_SSH_DATA_PATH']) ?? '/app/config/ssh';
  return fileAt(join(folder, 'ssh_known_hosts'));
}

/** The authorities that Argo CD's ConfigMap `argocd-tls-certs-cm` holds for the host of a remote, in the same way. */
export async function argocdCaFile(remote: GitRemote, env: Environment): Promise<string | undefined> {
  const folder = nonEmpty(env['ARGOCD_TLS_DATA_PATH']) ?? '/app/config/tls';
  return fileAt(join(folder, remote.host.replace(/:\d+$/, '')));
}

async function fileAt(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? path : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
