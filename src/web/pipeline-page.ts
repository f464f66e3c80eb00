import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { imageLink, partsOfId } from './image-links.ts';
import { filterPath, readImageFilter } from './image-filter.ts';
import { pager } from './pager.ts';
import { searchForm } from './search-form.ts';
import { placeStages, type PlacedStage } from './place-stages.ts';
import { ROWS, type PageContext, type WebPage } from './web-page.ts';

/** The promotion graph as nested lists: what a stage takes its versions from stands above it. */
export function pipelinePage({ reader, query }: PageContext): WebPage {
  const { search, page: asked } = readImageFilter(query);
  const number = Number(query.get('page') ?? asked);
  const page = Number.isInteger(number) && number > 1 && number < 1e6 ? number : 1;
  const stages = reader.pipeline();
  const placed = placeStages(stages).filter((pipeline) => search === undefined || mentions(pipeline, search));
  const parts = partsOf(placed);
  const shown = parts[page - 1] ?? [];
  const count = (list: readonly (readonly PlacedStage[])[]) => list.reduce((sum, one) => sum + one.length, 0);
  const path = (wanted: number) =>
    `${filterPath('/pipeline', { search })}${search === undefined ? '?' : '&'}page=${wanted}`;
  const found =
    shown.length === 0
      ? empty(stages.length > 0)
      : html`${shown.map(pipelineOf)}${pager({
          shown: count(shown),
          total: count(placed),
          page,
          firstPath: filterPath('/pipeline', { search }),
          nextPath: page < parts.length ? path(page + 1) : undefined,
          noun: ['stage', 'stages'],
        })}`;
  return {
    title: 'Pipeline',
    body: html`<h1>Pipeline</h1>
      ${searchForm({
        path: '/pipeline',
        what: 'stages',
        value: search,
        placeholder: 'Application, image, version…',
      })}
      <div id="rows">${found}</div>`,
  };
}

function empty(isFiltered: boolean): Html {
  return isFiltered
    ? html`<div class="empty">
        <p><strong>No stage matches.</strong></p>
        <p><a class="button" href="/pipeline" data-list>Show all stages</a></p>
      </div>`
    : html`<div class="empty">
        <p><strong>Nothing is promoted.</strong></p>
        <p>
          With the annotation <code>&lt;alias&gt;.promote-from: namespace/application/alias</code> an image
          takes only versions that another Application had before it. Its stages are shown here.
        </p>
      </div>`;
}

function mentions(pipeline: readonly PlacedStage[], search: string): boolean {
  const text = pipeline
    .map(({ stage }) =>
      [...partsOfId(stage.imageId), stage.current, stage.candidate, stage.waitsFor].join(' '),
    )
    .join(' ')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Whole pipelines on each page, as many as have their place there; one that is longer goes on on the next. */
function partsOf(
  placed: readonly (readonly PlacedStage[])[],
): readonly (readonly (readonly PlacedStage[])[])[] {
  const parts: (readonly PlacedStage[])[][] = [];
  let room = 0;
  for (const piece of placed.flatMap(piecesOf)) {
    const part = parts.at(-1);
    if (part === undefined || piece.length > room) {
      parts.push([piece]);
      room = ROWS - piece.length;
    } else {
      part.push(piece);
      room -= piece.length;
    }
  }
  return parts;
}

function piecesOf(pipeline: readonly PlacedStage[]): readonly (readonly PlacedStage[])[] {
  const count = Math.ceil(pipeline.length / ROWS);
  return Array.from({ length: count }, (_, number) => pipeline.slice(number * ROWS, (number + 1) * ROWS));
}

function pipelineOf(pipeline: readonly PlacedStage[]): Html {
  return html`<section class="pipeline" data-key="${pipeline[0]?.stage.imageId ?? ''}">
    ${levelOf(pipeline, Math.min(...pipeline.map(({ depth }) => depth)))}
  </section>`;
}

/** The stages of this depth, each with what follows it until the next of this depth. What begins in the middle begins here. */
function levelOf(stages: readonly PlacedStage[], depth: number): Html | undefined {
  const starts = stages.flatMap((placed, index) => (placed.depth <= depth || index === 0 ? [index] : []));
  if (starts.length === 0) return undefined;
  return html`<ol class="stages">
    ${starts.map((start, at) => {
      const [placed, ...below] = stages.slice(start, starts[at + 1]);
      return (
        placed &&
        html`<li data-key="${placed.stage.imageId}">${stageOf(placed)}${levelOf(below, depth + 1)}</li>`
      );
    })}
  </ol>`;
}

function stageOf({ stage, otherUpstreams }: PlacedStage): Html {
  const { imageId, current, candidate, waitsFor, when, after, approval } = stage;
  const isNew = candidate !== undefined && candidate !== current;
  const rules = [
    ...(when === undefined ? [] : [html`when ${foreign(when, 60)}`]),
    ...(after === undefined ? [] : [html`after ${foreign(after, 60)}`]),
    ...(approval === undefined ? [] : [html`approval by ${foreign(approval, 120)}`]),
  ];
  return html`<article class="stage${waitsFor !== undefined && ' is-waiting'}">
    <p class="line">
      ${imageLink(imageId)}<span class="version"
        >${
          current === undefined ? html`<span class="muted">no version</span>` : code(current, 80)
        }${isNew && html` <span aria-label="to be replaced by">→</span> ${code(candidate, 80)}`}</span
      >
    </p>
    ${
      rules.length > 0 &&
      html`<p class="rules">${rules.map((rule, index) => html`${index > 0 && ' · '}${rule}`)}</p>`
    }${otherUpstreams.length > 0 && html`<p class="rules">also from ${otherUpstreams.slice(0, 10).map((id, index) => html`${index > 0 && ', '}${imageLink(id)}`)}</p>`}${
      waitsFor !== undefined && html`<p class="waits">${icon('time')}${foreign(waitsFor, 300)}</p>`
    }
  </article>`;
}
