{{/* Variables of the container, and the key that each is taken from; as in the Deployment of `manifests/base`. */}}
{{- define "lynceus.configVariables" -}}
APPLICATIONS_API: applications_api
ARGOCD_GRPC_WEB: argocd.grpc_web
ARGOCD_SERVER: argocd.server_addr
ARGOCD_INSECURE: argocd.insecure
ARGOCD_PLAINTEXT: argocd.plaintext
ARGOCD_NAMESPACE: argocd.namespace
IMAGE_UPDATER_WATCH_NAMESPACES: watch.namespaces
IMAGE_UPDATER_INTERVAL: interval
IMAGE_UPDATER_LOGLEVEL: log.level
IMAGE_UPDATER_LOGFORMAT: log.format
IMAGE_UPDATER_KUBE_EVENTS: kube.events
MAX_CONCURRENT_APPS: max_concurrent_apps
MAX_CONCURRENT_RECONCILES: max_concurrent_reconciles
GIT_COMMIT_USER: git.user
GIT_COMMIT_EMAIL: git.email
GIT_COMMIT_METHOD: git.commit-method
GIT_COMMIT_SIGNING_KEY: git.commit-signing-key
GIT_COMMIT_SIGNING_METHOD: git.commit-signing-method
GIT_COMMIT_SIGN_OFF: git.commit-sign-off
GIT_LOGIN_FOR: git.login-for
ARGOCD_EXEC_TIMEOUT: git.timeout
ENABLE_WEBHOOK: webhook.enable
WEBHOOK_PORT: webhook.port
WEBHOOK_RATELIMIT_ALLOWED: webhook.ratelimit-allowed
WEBHOOK_REQUIRE_SECRET: webhook.require-secret
DISABLE_TLS: disable-tls
TLS_MIN_VERSION: tls.min-version
TLS_MAX_VERSION: tls.max-version
TLS_CIPHERS: tls.ciphers
{{- end }}

{{- define "lynceus.secretVariables" -}}
GIT_USERNAME: git.username
GIT_PASSWORD: git.password
DOCKER_WEBHOOK_SECRET: webhook.docker-secret
GHCR_WEBHOOK_SECRET: webhook.ghcr-secret
QUAY_WEBHOOK_SECRET: webhook.quay-secret
HARBOR_WEBHOOK_SECRET: webhook.harbor-secret
ALIYUN_ACR_WEBHOOK_SECRET: webhook.aliyun-acr-secret
ACR_WEBHOOK_SECRET: webhook.acr-secret
CLOUDEVENTS_WEBHOOK_SECRET: webhook.cloudevents-secret
GITHUB_WEBHOOK_SECRET: webhook.github-secret
GITLAB_WEBHOOK_SECRET: webhook.gitlab-secret
GITEA_WEBHOOK_SECRET: webhook.gitea-secret
BITBUCKET_WEBHOOK_SECRET: webhook.bitbucket-secret
AZURE_DEVOPS_WEBHOOK_SECRET: webhook.azure-devops-secret
DISTRIBUTION_WEBHOOK_SECRET: webhook.distribution-secret
ZOT_WEBHOOK_SECRET: webhook.zot-secret
GOOGLE_WEBHOOK_SECRET: webhook.google-secret
{{- end }}

{{- define "lynceus.awsVariables" -}}
AWS_ACCESS_KEY_ID: aws.accessKeyId
AWS_SECRET_ACCESS_KEY: aws.secretAccessKey
AWS_SESSION_TOKEN: aws.sessionToken
{{- end }}

{{/* Variables from one object: `map`, `kind` and `name`. */}}
{{- define "lynceus.variables" }}
{{- $kind := .kind }}
{{- $name := .name }}
{{- range $variable, $key := fromYaml .map }}
- name: {{ $variable }}
  valueFrom:
    {{ $kind }}:
      name: {{ $name }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- end }}
