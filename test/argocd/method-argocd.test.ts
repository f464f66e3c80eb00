import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import { parseApplication } from '../../src/argocd/parse-application.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { prefixed } from '../helpers/annotations.ts';
import { aSource, CONTEXT, policyOf, readWeb } from './an-application.ts';

type Annotations = Readonly<Record<string, string>>;

/** The policy of image `acme/web` in an Application with this spec and status, written by the method `argocd`. */
function policyIn(
  spec: unknown,
  { annotations = {}, status }: { annotations?: Annotations; status?: unknown } = {},
): TrackedImage {
  const named = { 'image-list': 'web=acme/web:1.x', 'write-back-method': 'argocd', ...annotations };
  const metadata = { name: 'shop', namespace: 'argocd', annotations: prefixed(named) };
  return policyOf(readPolicies(parseApplication({ metadata, spec, status }, 'cluster'), CONTEXT));
}

const PARTS = {
  kind: 'helm-parts',
  name: { path: 'image.name', explicit: false },
  tag: { path: 'image.tag', explicit: false },
};
const HELM = {
  helm: {
    parameters: [
      { name: 'image.name', value: 'acme/web' },
      { name: 'image.tag', value: '1.0' },
    ],
  },
};
const WEB_1 = { name: 'acme/web', tag: '1.0', digest: undefined };

interface Written {
  readonly at: string;
  readonly format: string;
  readonly slot: unknown;
  readonly declared: unknown;
}

describe('with the method argocd, what is written and what is there', () => {
  test.each<[string, unknown, unknown, Annotations, Written]>([
    [
      'a Helm source',
      { source: HELM },
      undefined,
      {},
      { at: 'spec.source', format: 'helm', slot: PARTS, declared: WEB_1 },
    ],
    [
      'a chart without a block',
      { source: { chart: 'web', repoURL: 'https://charts.example' } },
      undefined,
      {},
      { at: 'spec.source', format: 'helm', slot: PARTS, declared: undefined },
    ],
    [
      'a source that the status calls Helm',
      { source: { path: 'web' } },
      { sourceType: 'Helm' },
      { 'web.helm.image-spec': 'image' },
      {
        at: 'spec.source',
        format: 'helm',
        slot: { kind: 'helm-spec', spec: { path: 'image', explicit: true } },
        declared: undefined,
      },
    ],
    [
      'the second of several sources',
      {
        source: { path: 'unread' },
        sources: [{ ref: 'values' }, { path: 'web', kustomize: { images: ['acme/web:1.0'] } }],
      },
      { sourceTypes: ['Directory', 'Kustomize'] },
      {},
      {
        at: 'spec.sources[1]',
        format: 'kustomize',
        slot: { kind: 'kustomize', name: 'acme/web', renamed: false },
        declared: WEB_1,
      },
    ],
    [
      'a Kustomize source with another name in the base',
      { source: { kustomize: { images: ['reg.corp:5000/a:9', 'base=acme/web:1.0'] } } },
      undefined,
      { 'web.kustomize.image-name': 'base' },
      {
        at: 'spec.source',
        format: 'kustomize',
        slot: { kind: 'kustomize', name: 'base', renamed: true },
        declared: WEB_1,
      },
    ],
    [
      'the dry source of a hydrator',
      {
        sourceHydrator: { drySource: { path: 'web', ...HELM }, syncSource: { targetBranch: 'x', path: 'y' } },
      },
      { sourceType: 'Directory' },
      {},
      { at: 'spec.sourceHydrator.drySource', format: 'helm', slot: PARTS, declared: WEB_1 },
    ],
    [
      'a plugin',
      { source: { plugin: { env: [{ name: 'TAG', value: '1.0' }] } } },
      undefined,
      { 'web.plugin.image-tag': 'TAG' },
      {
        at: 'spec.source',
        format: 'plugin',
        slot: { kind: 'plugin', name: undefined, tag: 'TAG', spec: undefined },
        declared: { name: undefined, tag: '1.0', digest: undefined },
      },
    ],
    [
      'a plugin whose variables disagree',
      {
        source: {
          plugin: {
            env: [
              { name: 'TAG', value: '2.0' },
              { name: 'FULL', value: 'acme/web:1.0' },
            ],
          },
        },
      },
      undefined,
      { 'web.plugin.image-tag': 'TAG', 'web.plugin.image-spec': 'FULL' },
      {
        at: 'spec.source',
        format: 'plugin',
        slot: { kind: 'plugin', name: undefined, tag: 'TAG', spec: 'FULL' },
        declared: { name: 'acme/web', tag: undefined, digest: undefined },
      },
    ],
  ])('%s', (_, spec, status, annotations, { at, format, slot, declared }) => {
    const tracked = policyIn(spec, { annotations, status });

    expect(tracked.destination.target).toEqual({ method: 'application', at, format });
    expect(tracked.destination.slot).toEqual(slot);
    expect(tracked.observed.declared).toEqual(declared);
  });

  test('a plain directory is a problem that names the ways out', () => {
    const changes: Partial<Application> = { sources: [aSource()], sourceTypes: ['Directory'] };
    const { images, problems } = readWeb({ 'write-back-method': 'argocd' }, changes);

    expect(images).toEqual([]);
    expect(problems).toMatchObject([
      { code: 'target-unsupported', message: expect.stringContaining('write-back-method: git') },
    ]);
  });
});
