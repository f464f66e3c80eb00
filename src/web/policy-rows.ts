import type { PolicyStatus } from '../core/status/image-status.ts';
import type { Definition } from './definitions.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';

/** What is asked of versions, a row for each rule that there is. */
export function policyRows(
  policy: PolicyStatus | undefined,
  { updater, project }: { readonly updater: string | undefined; readonly project: string | undefined },
): readonly Definition[] {
  const owners: readonly Definition[] = [
    [
      'Asked for by',
      updater === undefined ? 'annotations of the Application' : html`ImageUpdater ${code(updater, 200)}`,
    ],
    ['AppProject', text(project)],
  ];
  if (policy === undefined) return owners;
  return [
    ['Strategy', text(policy.strategy)],
    ['Constraint', text(policy.constraint)],
    ['Allowed tags', text(policy.allowTags)],
    ['Ignored tags', list(policy.ignoreTags)],
    ['Platforms', list(policy.platforms)],
    ['Minimum age', text(policy.minimumAge)],
    ['Windows', list(policy.windows)],
    ['Signatures', list(policy.signatures)],
    ['Verified by', list(policy.verify)],
    ['Promoted when', text(policy.promoteWhen)],
    ['Paused', text(policy.paused)],
    ['Hold', policy.hold === undefined ? undefined : policy.hold === '' ? 'yes' : foreign(policy.hold)],
    ...owners,
  ];
}

function text(value: string | undefined): Html | undefined {
  return value === undefined || value === '' ? undefined : code(value);
}

const MOST = 30;

function list(values: readonly string[]): Html | undefined {
  if (values.length === 0) return undefined;
  return html`<ul>
    ${values.slice(0, MOST).map((value) => html`<li>${code(value)}</li>`)}${
      values.length > MOST && html`<li>${values.length - MOST} more</li>`
    }
  </ul>`;
}
