import type { PromotionPipeline, PipelineImage } from '../../app/compose.ts';
import { applicationText } from '../../core/identity/application.ts';
import { formatInstant } from '../../core/instant.ts';
import { formatName } from '../../core/image/reference.ts';
import { versionText } from '../../core/presence.ts';
import { PROMOTION_STAGES } from '../../core/promotion/promotion-policy.ts';
import type { UpstreamVersion } from '../../core/promotion/upstream-version.ts';
import type { PipelineOutput } from './json-contract.ts';
import { imageToJson, problemToJson } from './plan-json.ts';
import type { Style } from './style.ts';
import { hang, printableLine, shortDigests } from './text.ts';

/** A tree: what is promoted from an image stands below it. One that has several upstream images is drawn below the first. */
export function renderPipeline(
  { images, problems, failures }: PromotionPipeline,
  style: Style,
  width: number = Number.POSITIVE_INFINITY,
): string {
  const parts = [
    images.length + problems.length + failures.length === 0
      ? 'No image is promoted from another Application: see promote-from.'
      : '',
    images
      .filter(({ upstreams }) => upstreams.length === 0)
      .map((root) => treeOf(root, images, { style, width, lead: '', below: '' }).join('\n'))
      .join('\n\n'),
    problems
      .map(({ application, message }) =>
        hang(
          `${style.bad('✗ failed')}  `,
          printableLine(`${applicationText(application)} ${message}`),
          width,
        ),
      )
      .join('\n'),
    failures
      .map(({ message }) => hang(`${style.bad('✗ failed')}  `, printableLine(message), width))
      .join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

interface Drawing {
  readonly style: Style;
  readonly width: number;
  /** In front of the first line, and of all others. */
  readonly lead: string;
  readonly below: string;
}

function treeOf(
  image: PipelineImage,
  images: readonly PipelineImage[],
  { style, width, lead, below }: Drawing,
): readonly string[] {
  const children = images.filter(({ upstreams }) => upstreams[0] === image.text);
  const isLeaf = children.length === 0;
  const lines = [hang(lead, headOf(image, style), width)];
  const [, ...others] = image.upstreams;
  const room = `${below}${isLeaf ? '  ' : '│ '}`;
  const notes = [
    ...(others.length === 0 ? [] : [style.faint(`also from ${others.map(printableLine).join(', ')}`)]),
    ...waitsFor(image, style),
  ];
  for (const note of notes) lines.push(hanging(room, note, width));
  for (const [at, child] of children.entries()) {
    const isLast = at === children.length - 1;
    lines.push(
      ...treeOf(child, images, {
        style,
        width,
        lead: `${below}${isLast ? '└─ ' : '├─ '}`,
        below: `${below}${isLast ? '   ' : '│  '}`,
      }),
    );
  }
  return lines;
}

/** Each line of the text behind the same lead, so that the lines of the tree go on. */
function hanging(lead: string, text: string, width: number): string {
  return hang('', text, width - lead.length)
    .split('\n')
    .map((each) => lead + each)
    .join('\n');
}

function headOf({ text, inForce }: PipelineImage, style: Style): string {
  const name = style.strong(printableLine(text));
  if (inForce instanceof Error) return `${name}  ${style.bad(printableLine(inForce.line))}`;
  if (inForce === undefined) return `${name}  ${style.faint('no version')}`;
  const { stage, since } = stageOf(inForce);
  const state = [
    inForce.health === undefined || inForce.health === 'healthy' || inForce.health === 'unknown'
      ? stage
      : `${stage}, ${inForce.health}`,
    ...(since === undefined ? [] : [`since ${formatInstant(since)}`]),
  ].join(' ');
  return `${name}  ${shortDigests(printableLine(inForce.version))}  ${style.faint(state)}`;
}

function stageOf({ reached }: UpstreamVersion) {
  const stage = PROMOTION_STAGES.findLast((one) => reached[one] !== undefined) ?? 'written';
  return { stage, since: reached[stage]?.since };
}

/** What would happen to it, unless it is as it should be. */
function waitsFor({ result, asks }: PipelineImage, style: Style): readonly string[] {
  if (result === undefined || result.outcome === 'current') return [];
  const { outcome, reason } = result;
  // That a root is updated or waits for its registry is not about promotion.
  if (asks === undefined && outcome !== 'failed' && outcome !== 'held') return [];
  const tone = outcome === 'failed' ? style.bad : outcome === 'update' ? style.good : style.notice;
  return [`${tone(outcome)}: ${shortDigests(printableLine(reason))}`];
}

export function pipelineToJson({ images, problems }: PromotionPipeline): PipelineOutput {
  return {
    images: images.map(({ text, tracked, upstreams, asks, inForce, result }) => {
      const known = inForce instanceof Error ? undefined : inForce;
      const { stage = null, since } = known === undefined ? {} : stageOf(known);
      return {
        ...imageToJson({ ...tracked, image: formatName(tracked.image) }),
        id: text,
        promoteFrom: [...upstreams],
        when: asks?.when ?? null,
        after: asks === undefined ? null : asks.after / 1000,
        approval: asks?.approval ?? null,
        version: known?.version ?? null,
        stage,
        since: since === undefined ? null : formatInstant(since),
        health: known?.health ?? null,
        outcome: result?.outcome ?? null,
        code: result?.code ?? null,
        reason: result?.reason ?? null,
        candidate: versionText(result?.candidate) ?? null,
        error: inForce instanceof Error ? inForce.line : null,
      };
    }),
    problems: problems.map(problemToJson),
  };
}
