import { key } from './keys.ts';
import { SECRET_PLACE } from './secret-place.ts';

/** Where the secret of one type of webhook is. The variables are those of Argo CD Image Updater, and ours are named alike. */
function secretOf(sender: string, variable: string) {
  return key(
    `Where the secret of webhooks from ${sender} is; the variable of the default need not be set`,
    SECRET_PLACE,
    {
      default: `env:${variable}`,
    },
  );
}

/** A row for each type of webhook; `WEBHOOK_SECRET_KEYS` says which. */
// One row a line: this is a table.
// prettier-ignore
export const WEBHOOK_SECRETS = {
  docker: secretOf('Docker Hub', 'DOCKER_WEBHOOK_SECRET'),
  ghcr: secretOf('GitHub packages', 'GHCR_WEBHOOK_SECRET'),
  quay: secretOf('Quay', 'QUAY_WEBHOOK_SECRET'),
  harbor: secretOf('Harbor', 'HARBOR_WEBHOOK_SECRET'),
  aliyunAcr: secretOf('Alibaba Cloud', 'ALIYUN_ACR_WEBHOOK_SECRET'),
  acr: secretOf('Azure Container Registry', 'ACR_WEBHOOK_SECRET'),
  cloudevents: secretOf('senders of CloudEvents', 'CLOUDEVENTS_WEBHOOK_SECRET'),
  github: secretOf('GitHub', 'GITHUB_WEBHOOK_SECRET'),
  gitlab: secretOf('GitLab', 'GITLAB_WEBHOOK_SECRET'),
  gitea: secretOf('Gitea and Forgejo', 'GITEA_WEBHOOK_SECRET'),
  bitbucket: secretOf('Bitbucket', 'BITBUCKET_WEBHOOK_SECRET'),
  azureDevops: secretOf('Azure DevOps', 'AZURE_DEVOPS_WEBHOOK_SECRET'),
  distribution: secretOf('distribution', 'DISTRIBUTION_WEBHOOK_SECRET'),
  zot: secretOf('zot', 'ZOT_WEBHOOK_SECRET'),
  google: secretOf('Google Artifact Registry', 'GOOGLE_WEBHOOK_SECRET'),
};

/** The key under `webhooks.secrets` of each type of webhook, as a request names it with `?type=`. */
export const WEBHOOK_SECRET_KEYS: Readonly<Record<string, keyof typeof WEBHOOK_SECRETS>> = {
  'docker.io': 'docker',
  'ghcr.io': 'ghcr',
  'quay.io': 'quay',
  harbor: 'harbor',
  'aliyun-acr': 'aliyunAcr',
  acr: 'acr',
  cloudevents: 'cloudevents',
  github: 'github',
  gitlab: 'gitlab',
  gitea: 'gitea',
  bitbucket: 'bitbucket',
  'azure-devops': 'azureDevops',
  distribution: 'distribution',
  zot: 'zot',
  google: 'google',
};

/** Flags of Argo CD Image Updater that take a secret itself, each with its type of webhook. Whoever sees the arguments of the process reads it. */
export const WEBHOOK_SECRET_FLAGS = [
  { flag: '--docker-webhook-secret <secret>', flagName: 'dockerWebhookSecret', type: 'docker.io' },
  { flag: '--ghcr-webhook-secret <secret>', flagName: 'ghcrWebhookSecret', type: 'ghcr.io' },
  { flag: '--quay-webhook-secret <secret>', flagName: 'quayWebhookSecret', type: 'quay.io' },
  { flag: '--harbor-webhook-secret <secret>', flagName: 'harborWebhookSecret', type: 'harbor' },
  { flag: '--aliyun-acr-webhook-secret <secret>', flagName: 'aliyunAcrWebhookSecret', type: 'aliyun-acr' },
  { flag: '--acr-webhook-secret <secret>', flagName: 'acrWebhookSecret', type: 'acr' },
  {
    flag: '--cloudevents-webhook-secret <secret>',
    flagName: 'cloudeventsWebhookSecret',
    type: 'cloudevents',
  },
] as const;
