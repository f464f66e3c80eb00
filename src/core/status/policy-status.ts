import { cutText } from '../cut-text.ts';
import { shortDuration } from '../duration.ts';
import { formatPlatform } from '../image/platform.ts';
import type { ImagePause } from '../overrides/pause.ts';
import type { ImagePolicy, Strategy, TagFilter } from '../policy.ts';
import type { PromotionPolicy } from '../promotion/promotion-policy.ts';
import { describeCommonPause } from '../reasons/describe-pause.ts';
import { DEFAULT_TIME_ZONE, type UpdateWindow } from '../windows/update-window.ts';
import type { PolicyStatus } from './image-status.ts';
import { LONGEST_FACT } from './json-facts.ts';

/** A policy as annotations and the configuration write it (docs/annotations.md). Upstream images are still texts. */
export function policyStatusOf(policy: ImagePolicy): PolicyStatus {
  const { strategy, filter, platforms = [], minimumAge, windows, verify, promotion, paused, hold } = policy;
  const constraint = constraintOf(strategy);
  const allowTags = allowedTags(filter);
  return {
    strategy: strategy.kind,
    ...(constraint === '' ? {} : { constraint: cut(constraint) }),
    ...(allowTags === '' ? {} : { allowTags: cut(allowTags) }),
    ignoreTags: filter.ignore.map(cut),
    platforms: platforms.map(formatPlatform),
    ...(minimumAge === undefined ? {} : { minimumAge: shortDuration(minimumAge) }),
    windows: [...(windows?.configured ?? []), ...(windows?.annotated ?? [])].map(windowText),
    signatures: signaturesOf(policy),
    verify: verify?.checks ?? [],
    promoteFrom: (promotion?.from ?? []).map(({ text }) => cut(text)),
    ...(promotion === undefined ? {} : { promoteWhen: promotedWhen(promotion) }),
    ...(paused === undefined ? {} : { paused: cut(pauseText(paused)) }),
    ...(hold === undefined ? {} : { hold: cut(hold) }),
  };
}

function cut(text: string): string {
  return cutText(text, LONGEST_FACT);
}

function constraintOf(strategy: Strategy): string {
  switch (strategy.kind) {
    case 'semver':
      return strategy.constraint;
    case 'digest':
      return strategy.tag;
    case 'newest-build':
    case 'newest-pushed':
    case 'alphabetical':
      return '';
  }
}

function allowedTags({ allow, pattern }: TagFilter): string {
  return [pattern ?? '', allow === undefined ? '' : `regexp:${allow}`]
    .filter((text) => text !== '')
    .join(' ');
}

function signaturesOf({ signaturePolicies = [], verification }: ImagePolicy): readonly string[] {
  const names = signaturePolicies.map(({ name = '' }) => name);
  return verification === undefined ? names : [...names, 'public key'];
}

/** As in the annotation `update-windows`. */
function windowText({ kind, schedule, duration, timeZone }: UpdateWindow): string {
  const zone = timeZone === DEFAULT_TIME_ZONE ? '' : ` ${timeZone}`;
  return `${kind} ${schedule} ${shortDuration(duration)}${zone}`;
}

function promotedWhen({
  when,
  after,
  approval,
}: Pick<PromotionPolicy, 'when' | 'after' | 'approval'>): string {
  const time = after === 0 ? '' : ` for ${shortDuration(after)}`;
  return `${when}${time}${approval === 'none' ? '' : `, approved by ${approval}`}`;
}

function pauseText(pause: ImagePause): string {
  switch (pause.by) {
    case 'annotation':
      return pause.reason === '' ? 'by the annotation pause' : pause.reason;
    case 'configuration':
      return 'by the configuration';
    case 'command':
      return describeCommonPause(pause.pause);
    case 'unknown':
      return 'not known';
  }
}
