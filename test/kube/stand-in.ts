import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createKubeClient, type KubeClientOptions } from '../../src/kube/create-kube-client.ts';
import type { KubeClient, KubeObject } from '../../src/kube/kube-client.ts';
import {
  startKubeStandIn,
  type KubeStandIn,
  type KubeStandInOptions,
} from '../helpers/kube-stand-in/kube-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

/** A stand-in that ends with the test. */
export async function startServer(options: KubeStandInOptions = {}): Promise<KubeStandIn> {
  const server = await startKubeStandIn(options);
  onTestFinished(() => server.stop());
  return server;
}

/** A folder that ends with the test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-kube-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The real client, logged in to the stand-in. */
export async function connect(
  server: KubeStandIn,
  options: Partial<KubeClientOptions> = {},
): Promise<KubeClient> {
  const kubeconfig = server.kubeconfig(join(createFolder(), 'config'), { namespace: 'argocd' });
  const kube = await createKubeClient({
    kubeconfig,
    env: {},
    userAgent: 'lynceus/test',
    clock: createVirtualClock(),
    ...options,
  });
  onTestFinished(() => kube.close());
  return kube;
}

export function anApplication(name: string, more: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: { source: { repoURL: 'https://git.example/a.git', path: name } },
    ...more,
  };
}

export const FOREVER = new AbortController().signal;

export function namesOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ metadata }) => metadata?.name ?? '');
}
