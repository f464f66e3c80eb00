import type { StatusClient } from '../app/status-client.ts';
import { quoted } from '../core/quoted.ts';
import type { ImageOutcome } from '../core/report.ts';
import type { ImageStatus } from '../core/status/image-status.ts';
import type { ImageStory, StatusOverview } from '../core/status/status-pages.ts';
import { LynceusError } from '../errors.ts';
import { STATUS_ANSWERS, type StatusOutput } from './render/status-contract.ts';

/** Which images are wanted. */
export interface StatusWanted {
  /** `name` or `namespace/name`; `undefined` for all. */
  readonly application: string | undefined;
  readonly search: string | undefined;
  /** Empty for all. */
  readonly outcomes: readonly ImageOutcome[];
}

/** What was read at one time. */
export interface StatusRead {
  readonly status: StatusOverview;
  readonly images: readonly ImageStatus[];
  /** Of each image, where an Application is named. */
  readonly stories?: readonly ImageStory[];
  /** The same for machines, with whatever else there was. */
  readonly json: StatusOutput;
}

/** Where the status comes from. */
export interface StatusSource {
  /** Whether it is what a running Lynceus knows, not a dry run. */
  readonly isLive: boolean;
  read(wanted: StatusWanted, signal: AbortSignal): Promise<StatusRead>;
  /** Of what would be read now: another text means that something is different. */
  revision(signal: AbortSignal): Promise<string>;
}

/** So many images are asked for at once: the most that the API gives. */
const PART = 500;

/** Reads the status API, part by part. */
export function remoteSource(client: StatusClient): StatusSource {
  return {
    isLive: true,
    async revision(signal) {
      return (await overviewOf(client, signal)).status.revision;
    },
    async read(wanted, signal) {
      const overview = await overviewOf(client, signal);
      const pages = await allPages(client, wanted, signal);
      const rows = pages.flatMap(({ raw }) => raw);
      const images = pages.flatMap(({ items }) => items);
      const { application } = wanted;
      if (application !== undefined && images.length === 0) throw nothingFound(wanted, application);
      const { status } = overview;
      const json = { status: overview.raw, images: rows } as unknown as StatusOutput;
      if (application === undefined) return { status, images, json };
      const stories = await Promise.all(images.map(({ id }) => storyOf(client, id, signal)));
      return {
        status,
        images,
        stories: stories.map(({ story }) => story),
        json: { ...json, stories: stories.map(({ raw }) => raw) } as unknown as StatusOutput,
      };
    },
  };
}

/** Nothing of an Application is to be shown. */
export function nothingFound({ search, outcomes }: StatusWanted, application: string): LynceusError {
  const isFiltered = search !== undefined || outcomes.length > 0;
  return new LynceusError(
    'usage-invalid',
    isFiltered
      ? `no image of the Application ${quoted(application)} is like that`
      : `no image of an Application ${quoted(application)} is known`,
  );
}

async function overviewOf(client: StatusClient, signal: AbortSignal) {
  const raw = await client.get('/status', signal);
  return { raw, status: checked<StatusOverview>(STATUS_ANSWERS.overview, raw) };
}

async function storyOf(client: StatusClient, id: string, signal: AbortSignal) {
  const raw = await client.get(`/images/${id}`, signal);
  return { raw, story: checked<ImageStory>(STATUS_ANSWERS.story, raw) };
}

interface PageOfImages {
  readonly raw: readonly unknown[];
  readonly items: readonly ImageStatus[];
}

async function allPages(
  client: StatusClient,
  wanted: StatusWanted,
  signal: AbortSignal,
): Promise<readonly PageOfImages[]> {
  const pages: PageOfImages[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const raw = await client.get(`/images?${queryOf(wanted, after)}`, signal);
    const page = checked<{ readonly items: readonly ImageStatus[]; readonly next?: string }>(
      STATUS_ANSWERS.page,
      raw,
    );
    const rows = (raw?.['items'] ?? []) as readonly unknown[];
    pages.push({ raw: rows, items: page.items });
    // A server that goes on for ever is not followed.
    after = page.items.length === 0 || page.next === after ? undefined : page.next;
  }
  return pages;
}

function queryOf({ application, search, outcomes }: StatusWanted, after: string): string {
  const [name = '', namespace] = (application ?? '').split('/').toReversed();
  const query = new URLSearchParams({ limit: String(PART), sort: 'attention' });
  if (name !== '') query.set('application', name);
  if (namespace !== undefined) query.set('namespace', namespace);
  if (search !== undefined) query.set('search', search);
  if (outcomes.length > 0) query.set('outcome', outcomes.join(','));
  if (after !== '') query.set('after', after);
  return query.toString();
}

interface Schema {
  safeParse(value: unknown): { readonly success: boolean; readonly data?: unknown; readonly error?: Error };
}

/** What a server says, once it is known to have the form that is read here. */
function checked<Shape>(schema: Schema, raw: unknown): Shape {
  const { success, data } = schema.safeParse(raw);
  if (success) return data as Shape;
  throw new LynceusError(
    'status-unreachable',
    'the server answers with something else than a status of Lynceus',
    {
      hint: 'name the address and port of server.statusPort, of a Lynceus of this version',
    },
  );
}
