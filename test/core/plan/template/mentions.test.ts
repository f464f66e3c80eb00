import { expect, test } from 'vitest';
import { DEFAULT_COMMIT_TEMPLATE, mentionsLabels } from '../../../../src/core/plan/commit-message.ts';

test.each([
  [DEFAULT_COMMIT_TEMPLATE, false],
  ['Labels {{ .AppName }} {{ "Labels" }} {{/* .Labels */}}', false],
  ['{{ .Labels }}', true],
  ['{{ range .AppChanges }}{{ .Labels.team }}{{ end }}', true],
  ['{{ range $i, $c := .AppChanges }}{{ if $c.Labels }}x{{ end }}{{ end }}', true],
  ['{{ range .AppChanges }}{{ else }}{{ with $x := index .Labels "a.b/c" }}{{ $x }}{{ end }}{{ end }}', true],
  ['{{ (index .AppChanges 0).Labels.team }}', true],
  ['{{ .AppName | printf "%s %v" (index .AppChanges 0).Labels }}', true],
])('%j speaks of labels: %s', (template, speaks) => {
  expect(mentionsLabels(template)).toBe(speaks);
});
