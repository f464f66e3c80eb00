import type { WebhookSender } from '../sender.ts';
import { ALIYUN_REGISTRY_SENDER } from './aliyun-registry.ts';
import { AZURE_DEVOPS_SENDER } from './azure-devops.ts';
import { AZURE_REGISTRY_SENDER } from './azure-registry.ts';
import { BITBUCKET_SENDER } from './bitbucket.ts';
import { CLOUD_EVENTS_SENDER } from './cloud-events.ts';
import { DISTRIBUTION_SENDER } from './distribution.ts';
import { DOCKER_HUB_SENDER } from './docker-hub.ts';
import { GITEA_SENDER } from './gitea.ts';
import { GITHUB_SENDER, GITHUB_REGISTRY_SENDER } from './github.ts';
import { GITLAB_SENDER } from './gitlab.ts';
import { GOOGLE_SENDER } from './google.ts';
import { HARBOR_SENDER } from './harbor.ts';
import { QUAY_SENDER } from './quay.ts';
import { ZOT_SENDER } from './zot.ts';

/** Every sender that is known: first those of Argo CD Image Updater, under its names. */
export const SENDERS: readonly WebhookSender[] = [
  DOCKER_HUB_SENDER,
  GITHUB_REGISTRY_SENDER,
  QUAY_SENDER,
  HARBOR_SENDER,
  ALIYUN_REGISTRY_SENDER,
  AZURE_REGISTRY_SENDER,
  CLOUD_EVENTS_SENDER,
  GITHUB_SENDER,
  GITLAB_SENDER,
  GITEA_SENDER,
  BITBUCKET_SENDER,
  AZURE_DEVOPS_SENDER,
  DISTRIBUTION_SENDER,
  ZOT_SENDER,
  GOOGLE_SENDER,
];
