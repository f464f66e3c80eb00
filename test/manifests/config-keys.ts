/** A key of a ConfigMap or Secret, and what it becomes in the container. */
export interface ConfigKey {
  readonly key: string;
  /** Name of a variable, or path of a file. */
  readonly becomes: string;
}

/** Keys of the ConfigMap `argocd-image-updater-config`, as the manifests of Argo CD Image Updater 0.x and 1.x have them. */
// prettier-ignore
export const THEIR_CONFIG_KEYS: readonly ConfigKey[] = [
  { key: 'applications_api', becomes: 'APPLICATIONS_API' },
  { key: 'argocd.grpc_web', becomes: 'ARGOCD_GRPC_WEB' },
  { key: 'argocd.server_addr', becomes: 'ARGOCD_SERVER' },
  { key: 'argocd.insecure', becomes: 'ARGOCD_INSECURE' },
  { key: 'argocd.plaintext', becomes: 'ARGOCD_PLAINTEXT' },
  { key: 'argocd.namespace', becomes: 'ARGOCD_NAMESPACE' },
  { key: 'watch.namespaces', becomes: 'IMAGE_UPDATER_WATCH_NAMESPACES' },
  { key: 'interval', becomes: 'IMAGE_UPDATER_INTERVAL' },
  { key: 'log.level', becomes: 'IMAGE_UPDATER_LOGLEVEL' },
  { key: 'log.format', becomes: 'IMAGE_UPDATER_LOGFORMAT' },
  { key: 'max_concurrent_apps', becomes: 'MAX_CONCURRENT_APPS' },
  { key: 'max_concurrent_reconciles', becomes: 'MAX_CONCURRENT_RECONCILES' },
  { key: 'git.user', becomes: 'GIT_COMMIT_USER' },
  { key: 'git.email', becomes: 'GIT_COMMIT_EMAIL' },
  { key: 'git.commit-signing-key', becomes: 'GIT_COMMIT_SIGNING_KEY' },
  { key: 'git.commit-signing-method', becomes: 'GIT_COMMIT_SIGNING_METHOD' },
  { key: 'git.commit-sign-off', becomes: 'GIT_COMMIT_SIGN_OFF' },
  { key: 'kube.events', becomes: 'IMAGE_UPDATER_KUBE_EVENTS' },
  { key: 'webhook.enable', becomes: 'ENABLE_WEBHOOK' },
  { key: 'webhook.port', becomes: 'WEBHOOK_PORT' },
  { key: 'webhook.ratelimit-allowed', becomes: 'WEBHOOK_RATELIMIT_ALLOWED' },
  { key: 'webhook.require-secret', becomes: 'WEBHOOK_REQUIRE_SECRET' },
  { key: 'disable-tls', becomes: 'DISABLE_TLS' },
  { key: 'tls.min-version', becomes: 'TLS_MIN_VERSION' },
  { key: 'tls.max-version', becomes: 'TLS_MAX_VERSION' },
  { key: 'tls.ciphers', becomes: 'TLS_CIPHERS' },
  { key: 'registries.conf', becomes: '/app/config/registries.conf' },
  { key: 'git.commit-message-template', becomes: '/app/config/commit.template' },
];

/** The same of the Secret `argocd-image-updater-secret`. */
// prettier-ignore
export const THEIR_SECRET_KEYS: readonly ConfigKey[] = [
  { key: 'argocd.token', becomes: 'ARGOCD_TOKEN' },
  { key: 'webhook.docker-secret', becomes: 'DOCKER_WEBHOOK_SECRET' },
  { key: 'webhook.ghcr-secret', becomes: 'GHCR_WEBHOOK_SECRET' },
  { key: 'webhook.quay-secret', becomes: 'QUAY_WEBHOOK_SECRET' },
  { key: 'webhook.harbor-secret', becomes: 'HARBOR_WEBHOOK_SECRET' },
  { key: 'webhook.aliyun-acr-secret', becomes: 'ALIYUN_ACR_WEBHOOK_SECRET' },
  { key: 'webhook.acr-secret', becomes: 'ACR_WEBHOOK_SECRET' },
  { key: 'webhook.cloudevents-secret', becomes: 'CLOUDEVENTS_WEBHOOK_SECRET' },
];

/** What is ours alone. */
export const OUR_CONFIG_KEYS: readonly ConfigKey[] = [
  { key: 'lynceus.yaml', becomes: '/app/config/lynceus.yaml' },
  { key: 'git.commit-method', becomes: 'GIT_COMMIT_METHOD' },
  { key: 'git.login-for', becomes: 'GIT_LOGIN_FOR' },
  { key: 'git.timeout', becomes: 'ARGOCD_EXEC_TIMEOUT' },
];

// prettier-ignore
export const OUR_SECRET_KEYS: readonly ConfigKey[] = [
  { key: 'git.username', becomes: 'GIT_USERNAME' },
  { key: 'git.password', becomes: 'GIT_PASSWORD' },
  { key: 'webhook.github-secret', becomes: 'GITHUB_WEBHOOK_SECRET' },
  { key: 'webhook.gitlab-secret', becomes: 'GITLAB_WEBHOOK_SECRET' },
  { key: 'webhook.gitea-secret', becomes: 'GITEA_WEBHOOK_SECRET' },
  { key: 'webhook.bitbucket-secret', becomes: 'BITBUCKET_WEBHOOK_SECRET' },
  { key: 'webhook.azure-devops-secret', becomes: 'AZURE_DEVOPS_WEBHOOK_SECRET' },
  { key: 'webhook.distribution-secret', becomes: 'DISTRIBUTION_WEBHOOK_SECRET' },
  { key: 'webhook.zot-secret', becomes: 'ZOT_WEBHOOK_SECRET' },
  { key: 'webhook.google-secret', becomes: 'GOOGLE_WEBHOOK_SECRET' },
];

/** The Secret `aws-ecr-credentials`, as guides to Amazon ECR have it created. */
export const AWS_SECRET_KEYS: readonly ConfigKey[] = [
  { key: 'aws.accessKeyId', becomes: 'AWS_ACCESS_KEY_ID' },
  { key: 'aws.secretAccessKey', becomes: 'AWS_SECRET_ACCESS_KEY' },
  { key: 'aws.sessionToken', becomes: 'AWS_SESSION_TOKEN' },
];
