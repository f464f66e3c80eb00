import type { FileTarget, GitPlace } from '../core/policy.ts';
import { HOST_KIND_NAMES } from '../core/pull-requests/host-kinds.ts';
import { REQUEST_GROUPINGS, requestGroup, type RequestGrouping } from '../core/pull-requests/group.ts';
import { REQUEST_LABEL } from '../core/pull-requests/request-labels.ts';
import { checkTitleTemplate } from '../core/pull-requests/request-title.ts';
import type { TemplateLimits } from '../core/plan/template/meter.ts';
import { plainLine, quoted } from '../core/quoted.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { ApplicationKey } from './annotations.ts';
import type { PolicyInput } from './policy-input.ts';

/**
 * The place with the group of its pull request, when one is requested: by the annotation, else by the configuration for
 * this remote. A fault is added to the problems; then it is `undefined`.
 */
export function withPullRequest(
  { application, context, settings, problems }: PolicyInput,
  place: GitPlace,
  file: FileTarget,
): GitPlace | undefined {
  const read = <T>(
    key: ApplicationKey,
    fallback: T,
    parse: (text: string, items: readonly string[] | undefined) => T,
  ): { readonly value: T } | undefined => {
    const found = settings.ofApplication(key);
    return found === undefined
      ? { value: fallback }
      : problems.attempt(found, (text) => ({ value: parse(text, found.items) }));
  };
  const { enabled, grouping } = context.pullRequests?.(place.remote) ?? {
    enabled: false,
    grouping: 'application',
  };
  const request = read('pull-request', { enabled, kind: undefined }, parseRequest);
  const chosen = read('pull-request-group', grouping, parseGrouping);
  const labels = read('pull-request-labels', undefined, parseLabels);
  const title = read('pull-request-title', undefined, (text) => parseTitle(text, context.templateLimits));
  if (request === undefined || chosen === undefined || labels === undefined || title === undefined)
    return undefined;
  if (!request.value.enabled) return place;
  const group = requestGroup({ application, file, push: place.push, grouping: chosen.value });
  return {
    ...place,
    pullRequest: {
      group,
      kind: request.value.kind,
      ...(labels.value === undefined ? {} : { labels: labels.value }),
      ...(title.value === undefined ? {} : { title: title.value }),
    },
  };
}

interface ParsedRequest {
  readonly enabled: boolean;
  readonly kind: string | undefined;
}

/** `true`, `false` or the kind of the host. Throws `annotation-invalid`. */
function parseRequest(text: string): ParsedRequest {
  const value = text.toLowerCase();
  if (value === 'true' || value === 'false') return { enabled: value === 'true', kind: undefined };
  if (HOST_KIND_NAMES.some((kind) => kind === value)) return { enabled: true, kind: value };
  const expected = ['true', 'false', ...HOST_KIND_NAMES].join(', ');
  throw new LynceusError('annotation-invalid', `expected one of ${expected}, found ${quoted(text)}`);
}

function parseGrouping(text: string): RequestGrouping {
  const found = REQUEST_GROUPINGS.find((grouping) => grouping === text.toLowerCase());
  if (found !== undefined) return found;
  throw new LynceusError(
    'annotation-invalid',
    `expected one of ${REQUEST_GROUPINGS.join(', ')}, found ${quoted(text)}`,
  );
}

/** More labels than that are on no request. */
const MOST_LABELS = 100;

function parseLabels(text: string, items: readonly string[] = text.split(',')): readonly string[] {
  const labels = items.map((label) => plainLine(label));
  const distinct = [...new Set(labels.filter((label) => label !== ''))];
  if (distinct.length <= MOST_LABELS && distinct.every((label) => REQUEST_LABEL.test(label))) return distinct;
  throw new LynceusError(
    'annotation-invalid',
    `expected at most ${MOST_LABELS} labels of at most 255 characters, found ${quoted(text)}`,
  );
}

function parseTitle(text: string, limits: TemplateLimits | undefined): string {
  try {
    checkTitleTemplate(text, limits);
    return text;
  } catch (thrown) {
    const why = asLynceusError(thrown).message;
    throw new LynceusError(
      'annotation-invalid',
      `expected a template of a title, found ${quoted(text)}: ${why}`,
    );
  }
}
