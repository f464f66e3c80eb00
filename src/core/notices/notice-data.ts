import { applicationText } from '../identity/application.ts';
import type { TemplateRecord } from '../plan/template/values.ts';
import type { Notice, NoticeImage } from './notice.ts';

/** A link stands in a value as a mark that no foreign text can have, and is made by the service. */
export interface LinkMark {
  readonly mark: string;
  readonly text: string;
  readonly url: string;
}

/** Longest value, in characters. */
const LONGEST_VALUE = 500;
const LONGEST_REASON = 1_500;
const MOST_LISTED = 10;
/** Private characters, which are taken out of every value. */
const [OPEN, CLOSE] = ['\uE000', '\uE001'] as const;

/** The data of the templates of notices: docs/notifications.md has every field. */
export function noticeData(
  notice: Notice,
  longest: number = LONGEST_VALUE,
): { readonly data: TemplateRecord; readonly links: readonly LinkMark[] } {
  const { kind, severity, code, reason, application, project, images, extent } = notice;
  const { commit, pullRequest, check, at } = notice;
  const value = (text: string): string => cutValue(text, Math.min(longest, LONGEST_VALUE));
  const links: LinkMark[] = [];
  const linkOf = (text: string, url: string | undefined): string => {
    if (url === undefined) return value(text);
    const mark = `${OPEN}${links.length}${CLOSE}`;
    links.push({ mark, text: value(text), url });
    return mark;
  };
  const listed = images.slice(0, MOST_LISTED);
  const count = extent?.images ?? images.length;
  const data: TemplateRecord = {
    Kind: kind,
    Severity: severity,
    Code: value(code),
    Reason: cutValue(reason, Math.min(longest * 3, LONGEST_REASON)),
    Where: value(whereOf(notice)),
    Application: value(application?.name ?? ''),
    Namespace: value(application?.namespace ?? ''),
    Project: value(project ?? ''),
    Images: listed.map((image) => imageData(image, value)),
    More: BigInt(Math.max(0, count - listed.length)),
    Count: BigInt(count),
    Applications: BigInt(extent?.applications ?? (application === undefined ? 0 : 1)),
    Commit: value(commit?.sha ?? ''),
    CommitUrl: value(commit?.url ?? ''),
    CommitLink: commit === undefined ? '' : linkOf(commit.sha.slice(0, 7), commit.url),
    Branch: value(commit?.branch ?? ''),
    Remote: value(commit?.remote ?? ''),
    PullRequest: value(pullRequest ?? ''),
    PullRequestLink: pullRequest === undefined ? '' : linkOf('pull request', pullRequest),
    Check: value(check ?? ''),
    Time: new Date(at).toISOString(),
  };
  return { data, links };
}

function imageData(
  { application, alias, image, from, to, outcome }: NoticeImage,
  value: (text: string) => string,
): TemplateRecord {
  return {
    Name: value(alias === '' ? image : `${alias} (${image})`),
    Alias: value(alias),
    Image: value(image),
    From: value(from ?? ''),
    To: value(to ?? ''),
    Outcome: outcome ?? '',
    Application: application === undefined ? '' : value(applicationText(application)),
  };
}

/** The Application; of many how many there are. */
function whereOf({ application, extent, images, code }: Notice): string {
  if (application !== undefined) return applicationText(application);
  if (extent === undefined) return images.length === 0 ? `Lynceus (${code})` : `${images.length} images`;
  const { applications } = extent;
  const inside = applications === 1 ? '1 Application' : `${applications} Applications`;
  return extent.images === 0 ? inside : `${extent.images} images of ${inside}`;
}

/** Foreign text, cut where it is very long. Escaping is for the service. */
function cutValue(text: string, longest: number): string {
  const whole = text.replaceAll(/\p{Co}/gu, '');
  return whole.length > longest ? `${whole.slice(0, longest)}…` : whole;
}
