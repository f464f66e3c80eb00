import { NOTHING_STANDING, type Standing } from '../../../src/core/notices/standing.ts';
import { noticesOf } from '../../../src/core/notices/notices-of.ts';
import type { NoticeOptions } from '../../../src/core/notices/observe-context.ts';
import type { ObservedNotice } from '../../../src/core/notices/observed-notice.ts';
import type { CycleReport, ImageResult } from '../../../src/core/report.ts';
import { imageResult, report } from '../../cli/run-in-process.ts';

export const NOON = Date.parse('2026-01-01T12:00:00Z');
export const SHA = '0123456789abcdef0123456789abcdef01234567';

export const OPTIONS: NoticeOptions = {
  now: NOON,
  failingAfter: 2,
  defaultRegistry: 'docker.io',
  argocdNamespace: 'argocd',
  commitPageOf: (_remote, sha) => `https://git.example/commit/${sha}`,
};

let cycles = 0;

/** A cycle that writes, with an identity of its own. */
export function aCycle(images: readonly ImageResult[], parts: Partial<CycleReport> = {}): CycleReport {
  cycles += 1;
  return report({ cycle: `c${cycles}`, dryRun: false, images, ...parts });
}

/** An image of `argocd/shop`, unless another Application is named. */
export function anImage(parts: Partial<ImageResult> & { readonly app?: string } = {}): ImageResult {
  const { app = 'shop', ...others } = parts;
  return imageResult({
    application: { namespace: 'argocd', name: app },
    outcome: 'current',
    code: 'up-to-date',
    reason: '1.2.4 is the newest version',
    ...others,
  });
}

export const failed = (
  code: ImageResult['code'] = 'registry-not-found',
  parts: Parameters<typeof anImage>[0] = {},
) => anImage({ outcome: 'failed', code, reason: `it is ${code}`, candidate: undefined, ...parts });

export const held = (code: ImageResult['code'], parts: Parameters<typeof anImage>[0] = {}) =>
  anImage({ outcome: 'held', code, reason: `it is ${code}`, ...parts });

export const updated = (parts: Parameters<typeof anImage>[0] = {}) =>
  anImage({
    outcome: 'updated',
    code: 'newer-version',
    reason: '1.2.4 is newer than 1.2.3',
    commit: SHA,
    ...parts,
  });

/** People who see one report after another, an hour between them. */
export function aViewer(start: Standing = { ...NOTHING_STANDING }) {
  let standing = start;
  let now = NOON;
  return {
    see(seen: CycleReport, options: Partial<NoticeOptions> = {}): readonly ObservedNotice[] {
      now += 60_000;
      const found = noticesOf(seen, standing, { ...OPTIONS, now, ...options });
      standing = found.standing;
      return found.notices;
    },
    standing: () => standing,
  };
}

/** `kind code` of each. */
export function namesOf(notices: readonly ObservedNotice[]): readonly string[] {
  return notices.map(({ notice }) => `${notice.kind} ${notice.code}`);
}
