import { expect } from 'vitest';
import type { Application, ApplicationSource } from '../../src/argocd/application.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import type { PolicyReading } from '../../src/argocd/policy-reading.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { prefixed } from '../helpers/annotations.ts';

export const CONTEXT: PolicyContext = {
  defaultMethod: 'git',
  defaultRegistry: 'docker.io',
  argocdNamespace: 'argocd',
  canWriteApplications: true,
};

export function aSource(changes: Partial<ApplicationSource> = {}): ApplicationSource {
  return {
    repoURL: 'https://git.example/acme/deploy.git',
    path: 'apps/shop',
    chart: '',
    targetRevision: 'main',
    ref: '',
    helm: undefined,
    kustomize: undefined,
    plugin: undefined,
    ...changes,
  };
}

export const HELM: Partial<ApplicationSource> = { helm: { parameters: [], valueFiles: [] } };
export const KUSTOMIZE: Partial<ApplicationSource> = { kustomize: { images: [] } };
export const PLUGIN: Partial<ApplicationSource> = { plugin: { env: [] } };

/** An Application with one Helm source. Annotations are named without their prefix. */
export function anApplication(
  annotations: Readonly<Record<string, string>>,
  changes: Partial<Application> = {},
): Application {
  return {
    namespace: 'argocd',
    name: 'shop',
    annotations: prefixed(annotations),
    labels: {},
    sources: [aSource(HELM)],
    multiSource: false,
    hydrated: false,
    sourceTypes: [],
    liveImages: undefined,
    origin: 'apps/shop.yaml',
    ...changes,
  };
}

/** What one image `web` ends as: its annotations without prefix, and what else is special. */
export function readWeb(
  annotations: Readonly<Record<string, string>>,
  changes: Partial<Application> = {},
  context: Partial<PolicyContext> = {},
): PolicyReading {
  const application = anApplication({ 'image-list': 'web=acme/web:1.x', ...annotations }, changes);
  return readPolicies(application, { ...CONTEXT, ...context });
}

/** The one policy of a reading without problems. */
export function policyOf({ images, problems }: PolicyReading): TrackedImage {
  expect(problems).toEqual([]);
  const [tracked] = images;
  if (tracked === undefined) throw new Error('expected a policy');
  return tracked;
}
