import * as z from 'zod';
import { asLynceusError } from '../../errors.ts';
import type { CreatedRequest, PullRequestDraft } from '../../ports/pull-request-host.ts';
import type { ApiCall } from '../host-api.ts';
import { listOpen, NUMBERED, PAGE, pull, toRequest, type GiteaRepository } from './pulls.ts';

/** Longest title, in characters. */
export const LONGEST_TITLE = 255;

/** Opens a pull request; the one that is there already is as good. */
export async function openPull(
  repository: GiteaRepository,
  wish: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { path, api } = repository;
  const { head, base, title, body, draft } = wish;
  const call: ApiCall = {
    method: 'POST',
    path: `${path}/pulls`,
    body: { head, base, title: draft ? asDraft(title) : title, body },
    what: 'open a pull request',
    understands: [409],
  };
  const answer = await api.call(call, signal);
  if (answer.status !== 409) {
    const opened = toRequest(api.check(answer.content, pull, call.what));
    return { request: opened, shortcomings: await adorn(repository, opened.number, { wish, signal }) };
  }
  const existing = (await listOpen(repository, base, signal)).find((one) => one.head === head);
  if (existing === undefined) throw api.refusal(answer, call.what);
  return { request: existing, shortcomings: [] };
}

/** Gitea knows a draft by its title. */
export function asDraft(title: string): string {
  return `WIP: ${title}`.slice(0, LONGEST_TITLE);
}

/** A request without its labels is better than none. */
async function adorn(
  repository: GiteaRepository,
  number: number,
  { wish, signal }: { readonly wish: PullRequestDraft; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const shortcomings: string[] = [];
  const steps = [
    ...(wish.labels.length > 0 ? [() => addLabels(repository, number, { wish, signal })] : []),
    ...(wish.reviewers.length > 0 ? [() => askForReviews(repository, number, { wish, signal })] : []),
  ];
  for (const step of steps) {
    await step().catch((thrown: unknown) => {
      const error = asLynceusError(thrown);
      if (error.code === 'aborted') throw error;
      shortcomings.push(error.line);
    });
  }
  return shortcomings;
}

interface Adorning {
  readonly wish: PullRequestDraft;
  readonly signal: AbortSignal;
}

/** 404: the owner is a person, who has no labels. */
const NONE_OF_A_PERSON = {
  paging: { ...NUMBERED, itemsOf: (content: unknown) => NUMBERED.itemsOf(content) ?? [] },
  understands: [404],
} as const;

const label = z.object({ id: z.number(), name: z.string() });

/** Labels are given by number. Those that are missing are made, as GitHub and GitLab do by themselves. */
async function addLabels(
  { path, owner, api }: GiteaRepository,
  number: number,
  { wish, signal }: Adorning,
): Promise<void> {
  const what = `label pull request #${number}`;
  const reading = { method: 'GET', query: { page: 1, limit: PAGE }, what, paging: NUMBERED } as const;
  const known = new Map<string, number>();
  for (const one of await api.readPages({ ...reading, path: `${path}/labels` }, label, signal)) {
    known.set(one.name, one.id);
  }
  if (wish.labels.some((name) => !known.has(name))) {
    const ofOwner = { ...reading, path: `/orgs/${encodeURIComponent(owner)}/labels`, ...NONE_OF_A_PERSON };
    const found = await api.readPages(ofOwner, label, signal);
    for (const one of found) if (!known.has(one.name)) known.set(one.name, one.id);
  }
  const ids: number[] = [];
  for (const name of wish.labels) {
    const making: ApiCall = {
      method: 'POST',
      path: `${path}/labels`,
      body: { name, color: '#ededed' },
      what: `make the label ${name}`,
    };
    ids.push(known.get(name) ?? (await api.read(making, label, signal)).id);
  }
  const adding: ApiCall = {
    method: 'POST',
    path: `${path}/issues/${number}/labels`,
    body: { labels: ids },
    what,
  };
  await api.call(adding, signal);
}

const TEAM = 'team/';

async function askForReviews(
  { path, api }: GiteaRepository,
  number: number,
  { wish, signal }: Adorning,
): Promise<void> {
  const teams = wish.reviewers.filter((name) => name.startsWith(TEAM)).map((name) => name.slice(TEAM.length));
  const people = wish.reviewers.filter((name) => !name.startsWith(TEAM));
  const call: ApiCall = {
    method: 'POST',
    path: `${path}/pulls/${number}/requested_reviewers`,
    body: { reviewers: people, team_reviewers: teams },
    what: `ask for reviews of pull request #${number}`,
  };
  await api.call(call, signal);
}
