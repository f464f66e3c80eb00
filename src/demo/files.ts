import { join } from 'node:path';

/** Host in the demo's image names; `registries.conf` has its real address. */
export const IMAGE_HOST = 'demo.lynceus.local';

/** The branch that is read and written. */
export const BRANCH = 'main';

/** Who writes Lynceus's commits. */
export const LYNCEUS = 'Lynceus';

/** The values of the shop in staging, where its versions are verified, and the one that does not work. */
export const STAGING_VALUES = 'shop/values-staging.yaml';
export const BROKEN_VERSION = '2.1.12';

/** The Git remote's first contents: what three teams have written by hand. */
export const REMOTE_FILES: Readonly<Record<string, string>> = {
  'README.md': '# Deployments\n\nWhat Argo CD syncs from.\n',
  'guestbook/kustomization.yaml': `# Guestbook, production
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml

images:
  - name: ${IMAGE_HOST}/guestbook
    newTag: 1.0.0     # kept up to date by Lynceus
`,
  'guestbook/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: guestbook
spec:
  selector:
    matchLabels: { app: guestbook }
  template:
    metadata:
      labels: { app: guestbook }
    spec:
      containers:
        - name: web
          image: ${IMAGE_HOST}/guestbook
`,
  'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'shop/values-staging.yaml': `# Staging. Owner: team-shop
backend:
  replicas: 2
  image:
    repository: ${IMAGE_HOST}/shop/backend
    tag: "2.1.0"   # the API

frontend:
  replicas: 1
  image: { repository: ${IMAGE_HOST}/shop/frontend, tag: 'build-412' }
`,
  'shop/values-production.yaml': `# Production. Owner: team-shop
backend:
  replicas: 6
  image:
    repository: ${IMAGE_HOST}/shop/backend
    tag: "2.1.0"
`,
  'worker/Chart.yaml': 'apiVersion: v2\nname: worker\nversion: 0.1.0\n',
  'worker/values.yaml': `image:\n  name: ${IMAGE_HOST}/worker\n  tag: stable\nqueue: default\n`,
};

const PREFIX = 'argocd-image-updater.argoproj.io';

/** The Applications as they would be in the cluster; `remote` is where they are synced from. */
export function applicationFiles(remote: string): Readonly<Record<string, string>> {
  return {
    'guestbook.yaml': demoApplication({
      name: 'guestbook',
      remote,
      annotations: {
        'image-list': `web=${IMAGE_HOST}/guestbook:^1`,
        'write-back-target': 'kustomization',
      },
      source: 'path: guestbook\n    kustomize: {}',
    }),
    'shop.yaml': demoApplication({
      name: 'shop',
      remote,
      annotations: {
        'image-list': `backend=${IMAGE_HOST}/shop/backend:~2.1, frontend=${IMAGE_HOST}/shop/frontend`,
        'write-back-target': 'helmvalues:values-staging.yaml',
        'backend.helm.image-name': 'backend.image.repository',
        'backend.helm.image-tag': 'backend.image.tag',
        'frontend.helm.image-name': 'frontend.image.repository',
        'frontend.helm.image-tag': 'frontend.image.tag',
        'frontend.update-strategy': 'newest-build',
        'frontend.allow-tags': 'regexp:^build-[0-9]+$',
        'backend.verify': 'shop-answers',
        'backend.on-failure': 'rollback',
      },
      source: 'path: shop\n    helm:\n      valueFiles: [values-staging.yaml]',
    }),
    'shop-production.yaml': demoApplication({
      name: 'shop-production',
      remote,
      annotations: {
        'image-list': `backend=${IMAGE_HOST}/shop/backend:~2.1`,
        'write-back-target': 'helmvalues:values-production.yaml',
        'backend.helm.image-name': 'backend.image.repository',
        'backend.helm.image-tag': 'backend.image.tag',
        'backend.promote-from': 'argocd/shop/backend',
        'backend.promote-when': 'written',
        'backend.promote-after': '2h',
      },
      source: 'path: shop\n    helm:\n      valueFiles: [values-production.yaml]',
    }),
    'worker.yaml': demoApplication({
      name: 'worker',
      remote,
      annotations: {
        'image-list': `worker=${IMAGE_HOST}/worker:stable`,
        'worker.update-strategy': 'digest',
      },
      source: 'path: worker\n    helm:\n      parameters:\n        - name: queue\n          value: orders',
    }),
  };
}

/** An Application that is written to Git, as it would be in the cluster. */
export function demoApplication(options: {
  readonly name: string;
  readonly remote: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source: string;
}): string {
  const annotations = Object.entries({ ...options.annotations, 'write-back-method': 'git' })
    .map(([key, value]) => `    ${PREFIX}/${key}: ${JSON.stringify(value)}`)
    .join('\n');
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${options.name}
  namespace: argocd
  annotations:
${annotations}
spec:
  project: default
  destination:
    server: https://kubernetes.default.svc
    namespace: ${options.name}
  source:
    repoURL: ${JSON.stringify(options.remote)}
    targetRevision: ${BRANCH}
    ${options.source}
`;
}

/** Sends the demo's image host to the demo's registry. */
export function registriesFile(url: string): string {
  return `registries:
  - name: demo
    prefix: ${IMAGE_HOST}
    api_url: ${url}
`;
}

export interface ConfigurationParts {
  readonly directory: string;
  /** What the check asks. */
  readonly service: string;
  /** Where the status page is served on this machine; `undefined` for nowhere. */
  readonly pagePort: number | undefined;
}

/** The configuration file that the demo runs Lynceus with. */
export function configurationFile({ directory, service, pagePort }: ConfigurationParts): string {
  const at = (name: string): string => JSON.stringify(join(directory, name));
  const page = `schedule: { interval: 5s }
server: { address: 127.0.0.1, statusPort: ${pagePort}, healthPort: 0, metricsPort: 0 }
`;
  return `${pagePort === undefined ? '' : page}applications:
  paths: [${at('applications')}]
git:
  author: { name: ${LYNCEUS}, email: lynceus@demo.lynceus.local }
  cacheDirectory: ${at('cache')}
registriesFile: ${at('registries.conf')}
verification:
  checks:
    - name: shop-answers
      delay: 1m
      http: { url: ${JSON.stringify(service)} }
`;
}
