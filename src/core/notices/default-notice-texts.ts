import type { NoticeKind } from './notice-kind.ts';

/** The titles of notices, unless the configuration has others. */
export const DEFAULT_TITLES: Readonly<Record<NoticeKind, string>> = {
  updated: '{{ .Where }} was updated',
  'pull-request-opened': '{{ .Where }}: a pull request is open',
  held: '{{ .Where }}: an update is held',
  failing: '{{ .Where }} fails',
  recovered: '{{ .Where }} works again',
  verified: '{{ .Where }}: the update is verified',
  'verification-failed': '{{ .Where }}: the update failed its verification',
  'verification-inconclusive': '{{ .Where }}: the verification decided nothing',
  'rolled-back': '{{ .Where }} was rolled back',
  'rollback-failed': '{{ .Where }} could not be rolled back',
  'window-opened': '{{ .Where }}: the update window is open',
  'awaiting-approval': '{{ .Where }} waits for approval',
};

/** The text of every notice, unless the configuration has another. */
export const DEFAULT_TEXT = `{{ range .Images -}}
{{ if .Application }}{{ .Application }}: {{ end }}{{ .Name }}{{ if and .From .To }} {{ .From }} to {{ .To }}{{ else if .To }} {{ .To }}{{ else if .From }} {{ .From }}{{ end }}
{{ end -}}
{{ if .More }}and {{ .More }} more
{{ end -}}
{{ .Reason }} [{{ .Code }}]
{{- if .CommitLink }}
commit {{ .CommitLink }} on {{ .Branch }}
{{- end }}
{{- if .PullRequestLink }}
{{ .PullRequestLink }}
{{- end }}`;
