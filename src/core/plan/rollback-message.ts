import type { CheckFailure, PlannedChange } from '../change.ts';
import { applicationText } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import { plainLine } from '../quoted.ts';
import { shownVersions } from './commit-message.ts';
import { groupBy } from './group-by.ts';
import { codeText, inertText } from './inert-text.ts';

/** A change that takes back what was written. */
type TakenBack = PlannedChange & { readonly rollback: CheckFailure };

/** The changes that take back what was written. */
export function takenBackIn(changes: readonly PlannedChange[]): readonly TakenBack[] {
  return changes.flatMap((change) =>
    change.rollback === undefined ? [] : [{ ...change, rollback: change.rollback }],
  );
}

const MOST_NAMED = 3;

/**
 * The text of a commit that takes back what was written: what, and which check failed with what. What a check found is foreign
 * text.
 */
export function rollbackMessage(changes: readonly TakenBack[]): string {
  const failures = failuresOf(changes).map(({ check, detail, commit, applications, others }) => {
    const found = detail === '' ? '.' : `: ${detail}`;
    const beside = others === '' ? '' : `, which also wrote ${others}`;
    return `The check ${check} failed in ${applications} for what ${commit} wrote${beside}${found}`;
  });
  const versions = changes.map(({ image, ...change }) => `${inertText(image.name)}: ${versionsText(change)}`);
  return `${rollbackSubject(changes)}\n\n${failures.join('\n')}\n\n${[...new Set(versions)].join('\n')}\n`;
}

/** The first line of that. */
function rollbackSubject(changes: readonly TakenBack[]): string {
  const names = listed(changes.map(({ image }) => inertText(image.name)));
  const applications = listed(changes.map(({ application }) => inertText(application.name)));
  const versions = [...new Set(changes.map(versionsText))];
  const [only = ''] = versions;
  const from = versions.length === 1 ? ` from ${only.replace(' -> ', ' to ')}` : '';
  return plainLine(`build: roll back ${names} of ${applications}${from}`);
}

/** The same for the text of a pull request, in Markdown: all that comes from others is code. */
export function rollbackText(changes: readonly TakenBack[]): string {
  return failuresOf(changes)
    .map(({ check, detail, commit, applications, others }) => {
      const found = detail === '' ? '.' : `: ${codeText(detail)}`;
      const beside = others === '' ? '' : `, which also wrote ${codeText(others)}`;
      return `The check ${codeText(check)} failed in ${codeText(applications)} for what ${codeText(commit)} wrote${beside}${found}`;
    })
    .join('\n\n');
}

interface Failure {
  readonly check: string;
  readonly detail: string;
  readonly commit: string;
  /** Those for which it failed. */
  readonly applications: string;
  /** Those that go back with them; `''` for none. */
  readonly others: string;
}

const SHORT_SHA = 7;

/** Each check that failed, for one commit and with what it found, and all Applications for which it did. */
function failuresOf(changes: readonly TakenBack[]): readonly Failure[] {
  const groups = groupBy(changes, ({ rollback: { check, detail, commit } }) =>
    joinKey(check, detail, commit),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { check, detail, commit } = first.rollback;
    return {
      check: inertText(check),
      detail: inertText(detail),
      commit: commit.slice(0, SHORT_SHA),
      applications:
        namesOf(group.filter(({ rollback }) => rollback.isCompanion !== true)) || 'another Application',
      others: namesOf(group.filter(({ rollback }) => rollback.isCompanion === true)),
    };
  });
}

function namesOf(changes: readonly TakenBack[]): string {
  return listed(changes.map(({ application }) => inertText(applicationText(application))));
}

function versionsText({ before, to }: Pick<PlannedChange, 'before' | 'to'>): string {
  const { OldTag, NewTag } = shownVersions({ before, to });
  return `${inertText(OldTag)} -> ${inertText(NewTag)}`;
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length - MOST_NAMED;
  return `${distinct.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
