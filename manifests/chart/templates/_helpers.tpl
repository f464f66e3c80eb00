{{- define "lynceus.name" -}}
{{- default "argocd-image-updater" .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The names of the community's chart: an upgrade of its release replaces its objects. */}}
{{- define "lynceus.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default "argocd-image-updater" .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "lynceus.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "lynceus.selectorLabels" -}}
app.kubernetes.io/name: {{ include "lynceus.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "lynceus.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "lynceus.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: argocd-image-updater
app.kubernetes.io/component: controller
{{- end }}

{{- define "lynceus.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "lynceus.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "lynceus.subject" -}}
- kind: ServiceAccount
  name: {{ include "lynceus.serviceAccountName" . }}
  namespace: {{ include "lynceus.namespace" . }}
{{- end }}

{{- define "lynceus.image" -}}
{{- if contains "argoprojlabs/argocd-image-updater" .Values.image.repository }}
{{- fail (printf "image.repository: expected where the image of Lynceus is, found that of Argo CD Image Updater (%s): set image.repository and image.tag to yours" .Values.image.repository) }}
{{- end }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{- define "lynceus.healthPort" -}}
{{- .Values.containerPort | default .Values.containerPorts.health | int }}
{{- end }}

{{- define "lynceus.metricsPort" -}}
{{- $usual := or .Values.metricsSecure (eq (include "lynceus.healthPort" .) "8081") | ternary 8443 8081 }}
{{- .Values.containerPorts.metrics | default $usual | int }}
{{- end }}

{{- define "lynceus.webhookPort" -}}
{{- index .Values.config "webhook.port" | default .Values.containerPorts.webhook | int }}
{{- end }}

{{/* Whether webhooks are received: "true" or nothing. */}}
{{- define "lynceus.webhook" -}}
{{- $key := index .Values.config "webhook.enable" | toString }}
{{- $flag := or (has "--enable-webhook" .Values.extraArgs) (has "--enable-webhook=true" .Values.extraArgs) }}
{{- if or (eq $key "true") $flag .Values.service.enabled .Values.ingress.enabled .Values.httpRoute.enabled }}true{{ end }}
{{- end }}

{{/* Keys of the ConfigMap, and the value of 0.x of the same meaning; as JSON. */}}
{{- define "lynceus.config" -}}
{{- $config := .Values.config }}
{{- $older := dict
  "applications_api" $config.applicationsAPIKind
  "kube.events" $config.disableKubeEvents
  "log.level" $config.logLevel
  "git.user" $config.gitCommitUser
  "git.email" $config.gitCommitMail
  "git.commit-message-template" $config.gitCommitTemplate
  "git.commit-signing-key" $config.gitCommitSigningKey
  "git.commit-signing-method" $config.gitCommitSigningMethod
  "git.commit-sign-off" $config.gitCommitSignOff
}}
{{- $data := dict }}
{{- if eq $config.applicationsAPIKind "argocd" }}
{{- $argocd := $config.argocd }}
{{- $older = merge $older (dict "argocd.grpc_web" $argocd.grpcWeb "argocd.server_addr" $argocd.serverAddress "argocd.insecure" $argocd.insecure "argocd.plaintext" $argocd.plaintext) }}
{{- end }}
{{- range $key, $value := $older }}
{{- if ne (toString $value) "" }}{{ $_ := set $data $key (toString $value) }}{{ end }}
{{- end }}
{{- $named := list "name" "registries" "argocd" "sshConfig" "lynceus.yaml" "applicationsAPIKind" "disableKubeEvents" "logLevel" "gitCommitUser" "gitCommitMail" "gitCommitTemplate" "gitCommitSigningKey" "gitCommitSigningMethod" "gitCommitSignOff" }}
{{- range $key, $value := $config }}
{{- if and (not (has $key $named)) (ne (toString $value) "") }}{{ $_ := set $data $key (toString $value) }}{{ end }}
{{- end }}
{{- with $config.registries }}{{ $_ := set $data "registries.conf" (dict "registries" . | toYaml) }}{{ end }}
{{- with index $config "lynceus.yaml" }}{{ $_ := set $data "lynceus.yaml" (kindIs "string" . | ternary . (toYaml .)) }}{{ end }}
{{- toJson $data }}
{{- end }}

{{/* Namespaces of Applications besides the own one; as JSON. */}}
{{- define "lynceus.watchedNamespaces" -}}
{{- $names := list }}
{{- range splitList "," (index .Values.config "watch.namespaces") }}
{{- $name := trim . }}
{{- if not (has $name (list "" "*" (include "lynceus.namespace" $))) }}{{ $names = append $names $name }}{{ end }}
{{- end }}
{{- toJson ($names | uniq) }}
{{- end }}

{{- define "lynceus.argocdNamespace" -}}
{{- index .Values.config "argocd.namespace" | default (include "lynceus.namespace" .) }}
{{- end }}

{{/* Secrets of the own namespace that values name; as JSON. */}}
{{- define "lynceus.secretNames" -}}
{{- $names := .Values.rbac.secrets.names }}
{{- $own := printf "^(pullsecret|secret):%s/" (include "lynceus.namespace" . | replace "." "[.]") }}
{{- range .Values.config.registries }}
{{- $credentials := toString .credentials }}
{{- $name := regexReplaceAll $own $credentials "" | splitList "#" | first }}
{{- if and (regexMatch $own $credentials) $name }}{{ $names = append $names $name }}{{ end }}
{{- end }}
{{- toJson ($names | uniq) }}
{{- end }}

{{/* Ports of registries and proxies that values name, beyond 443 and 22; as JSON. */}}
{{- define "lynceus.egressPorts" -}}
{{- $urls := list }}
{{- range .Values.config.registries }}{{ $urls = append $urls (toString .api_url) }}{{ end }}
{{- range .Values.extraEnv }}
{{- if regexMatch "(?i)^https?_proxy$" .name }}{{ $urls = append $urls (toString .value) }}{{ end }}
{{- end }}
{{- $ports := list }}
{{- range $urls }}
{{- $port := regexFind ":[0-9]+(/|$)" . | trimAll ":/" }}
{{- if and (not $port) (hasPrefix "http://" .) }}{{ $port = "80" }}{{ end }}
{{- if and $port (not (has $port (list "443" "22"))) }}{{ $ports = append $ports (int $port) }}{{ end }}
{{- end }}
{{- toJson ($ports | uniq) }}
{{- end }}

{{- define "lynceus.dualStack" -}}
{{- with .Values.dualStack.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.dualStack.ipFamilies }}
ipFamilies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "lynceus.metadata" -}}
namespace: {{ include "lynceus.namespace" . }}
labels:
  {{- include "lynceus.labels" . | nindent 2 }}
{{- end }}
