import type { ImageStatus } from '../core/status/image-status.ts';
import type { ImageStory } from '../core/status/status-pages.ts';
import { commitLink } from './commit-link.ts';
import { factList } from './fact-list.ts';
import { code, foreign, foreignText } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { filterPath } from './image-filter.ts';
import { imageLink, imagePath, shownVersion } from './image-links.ts';
import { deploymentRows, gitRows, verificationPart } from './image-state.ts';
import { outcomeBadge } from './outcome.ts';
import { policyRows } from './policy-rows.ts';
import { definitions } from './definitions.ts';
import { timeline } from './timeline.ts';
import { spanSince, timeOf } from './time.ts';
import { waitsFor } from './waits-for.ts';
import type { WebPage } from './web-page.ts';

/** The whole story of one image. */
export function imagePage(story: ImageStory, now: number): WebPage {
  const { image } = story;
  const { namespace, application, alias } = image;
  return {
    title: foreignText(`${application} / ${alias === '' ? image.image : alias}`, 120),
    body: html`<div
      id="image"
      data-image="${image.id}"
      data-state="${foreignText(`${image.outcome} ${image.code} ${image.since}`)}"
    >
      <p class="crumbs">
        <a href="/">Images</a> <span aria-hidden="true">›</span>
        <a href="${filterPath('/', { namespace, application })}"
          >${foreign(namespace, 80)}/${foreign(application, 120)}</a
        >
      </p>
      <h1>
        ${foreign(application, 120)}${alias !== '' && html`<span class="muted"> / </span>${foreign(alias, 120)}`}
        <small>${foreign(image.image, 200)}</small>
      </h1>
      ${decision(image, now)}
      <div class="cards">
        <div class="column">
          ${card('Rules', definitions(policyRows(image.policy, { updater: image.updater, project: image.project })))}
          ${promotion(story)} ${card('Git', definitions(gitRows(image)))}
        </div>
        <div class="column">
          ${verificationPart(story.verification, now)}
          ${card('Argo CD', definitions(deploymentRows(image, now)))}
          ${card('Timeline', timeline(story.changes, now))}
        </div>
      </div>
    </div>`,
  };
}

function card(title: string, content: Html | undefined): Html | undefined {
  return (
    content &&
    html`<section class="card">
      <h2>${title}</h2>
      ${content}
    </section>`
  );
}

/** Version in force, candidate, what was decided and by what facts, and what ends a hold. */
function decision(image: ImageStatus, now: number): Html {
  const { outcome, reason, since, checkedAt, current, candidate, behind, tags, facts } = image;
  const isSame = candidate?.tag === current?.tag && candidate?.digest === current?.digest;
  return html`<section class="decision is-${outcome}" aria-label="Decision">
    <p class="status">
      ${outcomeBadge(outcome)} <code>${image.code}</code>
      <span class="muted">for ${spanSince(since, now)} · evaluated ${timeOf(checkedAt, now)}</span>
    </p>
    <p class="versions">
      <span><span class="label">In force</span> ${shownVersion(current)}</span>${
        candidate !== undefined &&
        !isSame &&
        html`<span class="arrow" aria-hidden="true">→</span
          ><span><span class="label">Candidate</span> ${shownVersion(candidate)}</span>`
      }${behind !== undefined && behind > 0 && html`<span class="muted">${behind} ${behind === 1 ? 'version' : 'versions'} behind</span>`}
    </p>
    <p class="sentence">${foreign(reason, 2_000)}</p>
    ${waiting(image, now)}${remarks(image)}
    <details id="facts">
      <summary>
        Facts${tags !== undefined && html`: ${tags.seen} tags seen, ${tags.considered} considered`}
      </summary>
      ${factList(facts, now)}
      <p>
        <a href="${imagePath(image.id)}/explanation">Every tag, and what became of it</a> ·
        <a href="/api/v1/images/${image.id}">the same as JSON</a>
      </p>
    </details>
  </section>`;
}

function waiting(image: ImageStatus, now: number): Html | undefined {
  const waits = waitsFor(image);
  if (waits === undefined) return undefined;
  const { author, commit, check, until, release } = image.hold ?? {};
  const commitUrl = image.git?.commit === commit ? image.git?.commitUrl : undefined;
  return html`<div class="hold">
    ${icon(waits.icon)}
    <div>
      <p>
        <strong>Waits for ${foreign(waits.text, 200)}</strong>${
          until !== undefined && html` ${timeOf(until, now)}`
        }
      </p>
      ${
        (author !== undefined || commit !== undefined || check !== undefined) &&
        html`<p>
          ${author !== undefined && html`Held by ${foreign(author, 200)}`}${check !== undefined && html` Check ${foreign(check, 200)}`}${
            commit !== undefined && html` in commit ${commitLink(commit, commitUrl)}`
          }
        </p>`
      }${
        release !== undefined &&
        html`<p>
          To end it: <code class="command" id="release">${foreignText(release, 2_000)}</code>
          <button type="button" class="copy scripted" data-copies="release">Copy</button>
        </p>`
      }
    </div>
  </div>`;
}

function remarks({ warnings, problems }: ImageStatus): Html | undefined {
  if (warnings.length + problems.length === 0) return undefined;
  const items = [
    ...problems.map(
      ({ code: text, key, message }) =>
        html`<li>${code(key, 200)}: ${foreign(message, 1_000)} <code>${text}</code></li>`,
    ),
    ...warnings.map(
      ({ code: text, message }) => html`<li>${foreign(message, 1_000)} <code>${text}</code></li>`,
    ),
  ];
  return html`<div class="remarks">
    ${icon('warning')}
    <ul>
      ${items.slice(0, MOST_REMARKS)}
    </ul>
  </div>`;
}

const MOST_REMARKS = 50;

function promotion({ image, promotedTo }: ImageStory): Html | undefined {
  const from = image.policy?.promoteFrom ?? [];
  if (from.length + promotedTo.length === 0) return undefined;
  const list = (ids: readonly string[]) =>
    html`<ul>
      ${ids.slice(0, MOST_REMARKS).map((id) => html`<li>${imageLink(id)}</li>`)}
    </ul>`;
  return card(
    'Promotion',
    html`${
        from.length > 0 &&
        html`<h3>Takes its versions from</h3>
          ${list(from)}`
      }${
        promotedTo.length > 0 &&
        html`<h3>Passes its versions on to</h3>
          ${list(promotedTo)}`
      }
      <p><a href="/pipeline">The whole pipeline</a></p>`,
  );
}
