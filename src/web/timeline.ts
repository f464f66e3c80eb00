import type { ChangeStatus } from '../core/status/image-status.ts';
import { changeIcon, changeText } from './change-kinds.ts';
import { commitLink } from './commit-link.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { imageLink } from './image-links.ts';
import { outsideLink } from './safe-link.ts';
import { timeOf } from './time.ts';
import { ROWS } from './web-page.ts';

/** What happened to one image, newest first. */
export function timeline(changes: readonly ChangeStatus[], now: number): Html {
  if (changes.length === 0)
    return html`<p class="muted">
      Nothing has happened to it since this process started. What came before is in the history of Git.
    </p>`;
  return html`<ol class="timeline">
    ${changes.slice(0, ROWS).map((change) => changeItem(change, { now, isNamed: false }))}
  </ol>`;
}

/** One change; `isNamed`: with the image that it is of. */
export function changeItem(
  change: ChangeStatus,
  { now, isNamed }: { readonly now: number; readonly isNamed: boolean },
): Html {
  const { id, kind, at, imageId, text, git, pullRequest } = change;
  const links = [
    ...(git?.commit === undefined
      ? []
      : [html`${commitLink(git.commit, git.commitUrl)} on ${code(git.branch, 80)}`]),
    ...(pullRequest === undefined ? [] : [outsideLink(pullRequest, 'pull request')]),
  ];
  return html`<li data-key="${id}" class="is-${kind}">
    ${icon(changeIcon(kind))}
    <div>
      <p class="line">
        <span>${isNamed && html`${imageLink(imageId)} `}${changeText(change)}</span
        ><span class="when">${timeOf(at, now)}</span>
      </p>
      <p class="why">${foreign(text, 600)}</p>
      ${
        links.length > 0 &&
        html`<p class="links">${links.map((link, index) => html`${index > 0 && ' · '}${link}`)}</p>`
      }
    </div>
  </li>`;
}
