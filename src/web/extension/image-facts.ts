import type { HoldStatus, ImageStatus, PolicyStatus } from '../../core/status/image-status.ts';
import type { ImageStory, PipelineStage } from '../../core/status/status-pages.ts';
import type { Child } from './react.ts';
import { placeOfImage, tagAndDigest } from './text.ts';
import type { View } from './view.ts';

/** A line of what is known of an image; a value without content is left out. */
export interface Fact {
  readonly label: string;
  readonly values: readonly Child[];
}

export interface KnownOfImage {
  readonly image: ImageStatus;
  readonly story: ImageStory | undefined;
  readonly stage: PipelineStage | undefined;
}

/** What is shown of an image, most wanted first. */
export function imageFacts(view: View, { image, story, stage }: KnownOfImage): readonly Fact[] {
  const { hold, policy, git, pullRequest, tags } = image;
  const facts: readonly Fact[] = [
    { label: 'Held', values: hold === undefined ? [] : holdValues(view, hold) },
    { label: 'Pull request', values: pullRequest === undefined ? [] : [view.link(pullRequest, pullRequest)] },
    { label: 'Checks', values: checkValues(view, story) },
    { label: 'Promotion', values: promotionValues(view, { image, stage, story }) },
    { label: 'Rules', values: policy === undefined ? [] : policyValues(view, policy) },
    {
      label: 'Tags',
      values: tags === undefined ? [] : [`${tags.seen} seen, ${tags.considered} considered`],
    },
    { label: 'Written to', values: git === undefined ? [] : placeValues(view, git) },
    {
      label: 'Warnings',
      values: image.warnings.map(({ code, message }) =>
        span(view, view.code(code), ' ', view.foreign(message)),
      ),
    },
    {
      label: 'To correct',
      values: image.problems.map(({ key, message }) =>
        span(view, view.code(key), ' ', view.foreign(message)),
      ),
    },
  ];
  return facts.filter(({ values }) => values.length > 0);
}

function holdValues(view: View, { author, commit, check, until, release }: HoldStatus): readonly Child[] {
  const by = author ?? (check === undefined ? undefined : `the check ${check}`);
  return [
    by !== undefined && span(view, 'by ', view.foreign(by, NAME)),
    commit !== undefined && span(view, 'in commit ', view.code(commit, COMMIT)),
    until !== undefined && span(view, 'until ', view.time(until)),
    release !== undefined && span(view, 'to end it: ', view.code(release)),
  ].filter((value) => value !== false);
}

function checkValues(view: View, story: ImageStory | undefined): readonly Child[] {
  const verification = story?.verification;
  if (verification === undefined) return [];
  const { state, commit, since, checks } = verification;
  return [
    span(view, `${STATES[state]} since `, view.time(since), ', commit ', view.code(commit, COMMIT)),
    ...checks.map(({ name, state: of, detail = '' }) =>
      span(
        view,
        view.foreign(name, NAME),
        ': ',
        view.foreign(of, NAME),
        detail === '' ? '' : ', ',
        view.foreign(detail),
      ),
    ),
  ];
}

const STATES: Readonly<Record<NonNullable<ImageStory['verification']>['state'], string>> = {
  waiting: 'waiting',
  running: 'running',
  verified: 'verified',
  failed: 'failed',
  inconclusive: 'inconclusive',
};

function promotionValues(view: View, { image, stage, story }: KnownOfImage): readonly Child[] {
  const upstreams = stage?.upstreams ?? image.policy?.promoteFrom ?? [];
  const when = stage?.when ?? image.policy?.promoteWhen;
  const downstream = story?.promotedTo ?? [];
  return [
    upstreams.length > 0 && span(view, 'from ', ...names(view, upstreams)),
    when !== undefined && span(view, 'when ', view.foreign(when, NAME)),
    stage?.after !== undefined && span(view, 'after ', view.foreign(stage.after, NAME)),
    stage?.approval !== undefined && span(view, 'approval: ', view.foreign(stage.approval, NAME)),
    stage?.waitsFor !== undefined && span(view, view.foreign(stage.waitsFor)),
    downstream.length > 0 && span(view, 'on to ', ...names(view, downstream)),
  ].filter((value) => value !== false);
}

function names(view: View, ids: readonly string[]): readonly Child[] {
  return ids.flatMap((id, at) => [at === 0 ? '' : ', ', view.foreign(placeOfImage(id), NAME)]);
}

function policyValues(view: View, policy: PolicyStatus): readonly Child[] {
  const {
    strategy,
    constraint,
    allowTags,
    ignoreTags,
    platforms,
    minimumAge,
    windows,
    signatures,
    verify,
    paused,
  } = policy;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['', [strategy, constraint].filter(Boolean).join(' ')],
    ['allows', allowTags],
    ['ignores', listed(ignoreTags)],
    ['platforms', listed(platforms)],
    ['at least', minimumAge === undefined ? undefined : `${minimumAge} old`],
    ['windows', listed(windows)],
    ['signed by', listed(signatures)],
    ['checked by', listed(verify)],
    ['paused', paused],
  ];
  return rows.flatMap(([label, value]) =>
    value === undefined ? [] : [span(view, label === '' ? '' : `${label} `, view.code(value, RULE))],
  );
}

function listed(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(', ');
}

function placeValues(view: View, git: NonNullable<ImageStatus['git']>): readonly Child[] {
  const { remote, branch, path, commit, commitUrl } = git;
  return [
    span(view, view.code(remote), ' ', view.code(branch, NAME)),
    path !== undefined && view.code(path),
    commit !== undefined && span(view, 'commit ', view.link(commitUrl, commit.slice(0, COMMIT))),
  ].filter((value) => value !== false);
}

/** `1.4.2 → 1.5.0`, with what is unknown left out. */
export function versionsOf({ current, candidate }: ImageStatus): { now: string; next: string | undefined } {
  const now = tagAndDigest(current);
  const next = tagAndDigest(candidate);
  return { now: now === '' ? 'unknown' : now, next: next === '' || next === now ? undefined : next };
}

function span({ h }: View, ...children: readonly Child[]): Child {
  return h('span', null, ...children);
}

const NAME = 120;
const COMMIT = 12;
const RULE = 200;
