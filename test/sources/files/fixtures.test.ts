import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readPolicies } from '../../../src/argocd/read-policies.ts';
import type { TrackedImage } from '../../../src/core/policy.ts';
import { readManifests } from '../../../src/sources/files/read-manifests.ts';
import { CONTEXT } from '../../argocd/an-application.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/applications/', import.meta.url));

function read(file: string): ReturnType<typeof readManifests> {
  return readManifests(readFileSync(`${FOLDER}${file}`, 'utf8'), file);
}

/** Application, alias, strategy, slot, remote and branch, file: one line for each image. */
function summary({
  application,
  alias,
  policy: { strategy },
  destination: { slot, target },
}: TrackedImage): string {
  const place = target.method === 'git' ? target.place : undefined;
  const file = target.method === 'git' ? target.file : undefined;
  const path = file?.kind === 'kustomization' ? file.directory : file?.path;
  const where = `${place?.remote.written}#${place?.base}${place?.push === undefined ? '' : `:${place.push}`}`;
  const key = {
    'helm-parts': 'tag',
    'helm-spec': 'spec',
    kustomize: 'name',
    plugin: 'spec',
    markers: 'names',
  }[slot.kind];
  const named = Object.entries(slot).find(([name]) => name === key)?.[1] as unknown;
  const slotText = typeof named === 'object' && named !== null && 'path' in named ? named.path : named;
  const chosen = 'constraint' in strategy ? strategy.constraint : 'tag' in strategy ? strategy.tag : '';
  return `${application.namespace}/${application.name} ${alias}: ${strategy.kind} ${chosen} -> ${slot.kind} ${String(slotText)} in ${file?.kind} ${path} of ${where}`;
}

describe('realistic manifests', () => {
  test.each([
    [
      'kustomize.yaml',
      [
        'argocd/shop-production api: semver ^1.4 -> kustomize ghcr.io/acme/shop-api in kustomization apps/shop/overlays/production of https://github.com/acme/deploy.git#main',
        'argocd/shop-production worker: newest-build  -> kustomize worker in kustomization apps/shop/overlays/production of https://github.com/acme/deploy.git#main',
      ],
    ],
    [
      'helm-values.yaml',
      [
        'argocd/shop-staging backend: semver >=1.0,<2.0 -> helm-parts backend.image.tag in helm-values charts/shop/values-staging.yaml of git@github.com:acme/charts.git#main:image-updates-{{.SHA256}}',
        'argocd/shop-staging frontend: semver ~2.3 -> helm-parts frontend.image.tag in helm-values charts/shop/values-staging.yaml of git@github.com:acme/charts.git#main:image-updates-{{.SHA256}}',
      ],
    ],
    [
      'helm-parameters.yaml',
      [
        'team-payments/payments app: digest stable -> helm-spec app.image in override chart/.argocd-source-team-payments_payments.yaml of https://git.example.com/payments/deploy.git#production',
        'team-payments/payments : semver 1.x -> helm-parts image.tag in override chart/.argocd-source-team-payments_payments.yaml of https://git.example.com/payments/deploy.git#production',
      ],
    ],
    [
      'multi-source.yaml',
      [
        'argocd/gateway gateway: semver 3.x -> helm-parts image.tag in helm-values clusters/production/gateway.yaml of https://github.com/acme/gitops.git#main',
      ],
    ],
    [
      'plugin.yaml',
      [
        'argocd/reports reports: semver >=2024.1 -> plugin REPORTS_IMAGE in override deploy/.argocd-source-reports.yaml of ssh://git@git.example.com:2222/acme/reports.git#main',
      ],
    ],
    [
      'directory.yaml',
      [
        'argocd/website : semver >=1.25,<2 -> kustomize nginx in kustomization deploy/base of https://github.com/acme/website.git#main',
      ],
    ],
    [
      'hydrator.yaml',
      [
        'argocd/ledger ledger: semver 1.x -> helm-parts image.tag in override chart/.argocd-source-ledger.yaml of https://github.com/acme/ledger.git#main',
      ],
    ],
    [
      'app-of-apps.yaml',
      [
        '/billing app: semver 1.x -> helm-parts image.tag in override charts/billing/.argocd-source-billing.yaml of https://github.com/acme/gitops.git#main',
        '/billing-jobs app: semver 1.x -> helm-parts jobs.tag in override charts/billing-jobs/.argocd-source-billing-jobs.yaml of https://github.com/acme/gitops.git#main',
      ],
    ],
  ])('%s', (file, expected) => {
    const { applications, problems } = read(file);
    const readings = applications.map((application) =>
      readPolicies(application, { ...CONTEXT, canWriteApplications: false }),
    );

    expect([...problems, ...readings.flatMap((reading) => reading.problems)]).toEqual([]);
    expect(readings.flatMap(({ images }) => images.map(summary))).toEqual(expected);
  });

  test('an ApplicationSet is a problem that says what to do', () => {
    const { applications, problems } = read('application-set.yaml');

    expect(applications).toEqual([]);
    expect(problems).toMatchObject([
      {
        application: { namespace: 'argocd', name: 'tenants' },
        code: 'application-invalid',
        key: 'kind',
        value: 'ApplicationSet',
        message: expect.stringContaining('argocd appset generate') as string,
      },
    ]);
  });

  test('what the spec declares beside our image is inherited', () => {
    const [application] = read('helm-parameters.yaml').applications;
    const [app] = application === undefined ? [] : readPolicies(application, CONTEXT).images;

    expect(app?.observed.declared).toEqual({
      name: 'registry.example.com:5000/payments/app',
      tag: 'stable',
      digest: `sha256:${'a'.repeat(64)}`,
    });
    expect(app?.destination.target).toMatchObject({
      file: {
        inherited: {
          parameters: [{ name: 'app.image' }, { name: 'replicas', value: '3', forceString: true }],
        },
      },
    });
  });
});
