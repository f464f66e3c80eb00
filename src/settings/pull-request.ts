import { REQUEST_GROUPINGS } from '../core/pull-requests/group.ts';
import { REQUEST_LABEL } from '../core/pull-requests/request-labels.ts';
import { checkTitleTemplate } from '../core/pull-requests/request-title.ts';
import { HOST_KIND_NAMES } from '../core/pull-requests/host-kinds.ts';
import { asLynceusError } from '../errors.ts';
import { GIT_URL } from './git-remote.ts';
import { alternatives, type CheckedRows, key } from './keys.ts';
import { SECRET_PLACE } from './secret-place.ts';
import {
  textLine,
  listOfValues,
  choiceOf,
  parsed,
  RefusedValue,
  type ValueType,
  YES_OR_NO,
} from './value-type.ts';

/** A template that renders an example. */
const TITLE = parsed(textLine('a template of one line'), (text) => {
  try {
    checkTitleTemplate(text);
    return text;
  } catch (thrown) {
    return new RefusedValue(`expected a template of a title: ${asLynceusError(thrown).message}`);
  }
});

/** An entry of `pullRequests`. */
// prettier-ignore
export const PULL_REQUEST = {
  url: key('Start of the URLs of the remotes that it is for', GIT_URL, { required: true }),
  enabled: key('Meaning of a missing pull-request annotation', YES_OR_NO, { default: true }),
  kind: key(`Kind of the Git host, where its URL does not show it: ${alternatives(HOST_KIND_NAMES)}`, choiceOf(HOST_KIND_NAMES)),
  apiUrl: key('Base URL of the API, where it is not at the usual place', textLine('an https or http URL without a slash at its end', /^https?:\/\/[^\s?#@]*[^\s?#@/]$/)),
  group: key(`What shares a pull request: ${alternatives(REQUEST_GROUPINGS)}`, choiceOf(REQUEST_GROUPINGS), { default: 'application' }),
  labels: key('Labels that each gets', setOf(textLine('a label without commas', REQUEST_LABEL)), { default: [] }),
  title: key('Template of its title; without it the first line of the commit message and the version', TITLE),
  reviewers: key('Users who are asked for a review; team/NAME is a team', setOf(textLine('the name of a user, or team/NAME', /^(?! )[^,]{1,255}(?<! )$/)), { default: [] }),
  autoMerge: key('Let the host merge it when everything is ready: merge, squash or rebase', choiceOf(['merge', 'squash', 'rebase'])),
  draft: key('Open it as a draft', YES_OR_NO, { default: false }),
  deleteBranch: key('Delete our branch when its request has ended', YES_OR_NO, { default: true }),
  tokenFrom: key('Where the token for the API is, if it is not the password of the Git login: `env:NAME` or `file:/path`', SECRET_PLACE),
};

/** Pull requests to Git remotes whose URL starts with `url`. */
export type PullRequestConfig = CheckedRows<typeof PULL_REQUEST>;

function setOf(element: ValueType<string, string>): ValueType<readonly string[], readonly string[]> {
  return parsed(listOfValues(element), (all) => [...new Set(all)]);
}
