{{/* Variables of the container, and the key that each is taken from; as in the Deployment of `manifests/base`. */}}
{{- define "lynceus.configVariables" -}}
APPLICATIONS_API: applications_api
ARGOCD_NAMESPACE: argocd.namespace
IMAGE_UPDATER_WATCH_NAMESPACES: watch.namespaces
IMAGE_UPDATER_INTERVAL: interval
IMAGE_UPDATER_LOGLEVEL: log.level
IMAGE_UPDATER_LOGFORMAT: log.format
IMAGE_UPDATER_KUBE_EVENTS: kube.events
MAX_CONCURRENT_APPS: max_concurrent_apps
GIT_COMMIT_USER: git.user
GIT_COMMIT_EMAIL: git.email
GIT_COMMIT_METHOD: git.commit-method
GIT_COMMIT_SIGNING_KEY: git.commit-signing-key
GIT_COMMIT_SIGNING_METHOD: git.commit-signing-method
GIT_COMMIT_SIGN_OFF: git.commit-sign-off
GIT_LOGIN_FOR: git.login-for
ENABLE_WEBHOOK: webhook.enable
{{- end }}

{{- define "lynceus.secretVariables" -}}
GIT_USERNAME: git.username
GIT_PASSWORD: git.password
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
