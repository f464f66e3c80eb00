import type { ImageStatus } from '../core/status/image-status.ts';
import type { VerificationStatus } from '../core/status/status-pages.ts';
import { commitLink } from './commit-link.ts';
import type { Definition } from './definitions.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon, type IconName } from './icon.ts';
import { outsideLink } from './safe-link.ts';
import { spanSince } from './time.ts';

/** Where it is written. */
export function gitRows({ git, writer, pullRequest }: ImageStatus): readonly Definition[] {
  return [
    ['Written to', writer === 'argocd' ? 'the live Application' : git === undefined ? undefined : 'Git'],
    ['Remote', git && code(git.remote, 300)],
    ['Branch', git && code(git.branch, 200)],
    ['File', git?.path === undefined ? undefined : code(git.path, 300)],
    ['Commit', git?.commit === undefined ? undefined : commitLink(git.commit, git.commitUrl)],
    [
      'Pull request',
      pullRequest === undefined ? undefined : outsideLink(pullRequest, foreign(pullRequest, 120)),
    ],
  ];
}

/** What Argo CD says of the Application. */
export function deploymentRows({ deployment }: ImageStatus, now: number): readonly Definition[] {
  if (deployment === undefined) return [];
  const { sync, health, healthSince, revision } = deployment;
  return [
    ['Sync', html`${icon(sync === 'Synced' ? 'current' : 'warning')}${foreign(sync, 60)}`],
    [
      'Health',
      html`${icon(HEALTH_ICONS[health] ?? 'warning')}${foreign(health, 60)}${healthSince !== undefined && html` <span class="muted">for ${spanSince(healthSince, now)}</span>`}`,
    ],
    ['Revision', revision === undefined ? undefined : code(revision.slice(0, 40))],
  ];
}

const HEALTH_ICONS: Readonly<Record<string, IconName>> = {
  Healthy: 'current',
  Progressing: 'time',
  Suspended: 'held',
  Degraded: 'failed',
};

const STATES: Readonly<Record<VerificationStatus['state'], readonly [icon: IconName, word: string]>> = {
  waiting: ['time', 'Waits for the sync'],
  running: ['time', 'Running'],
  verified: ['check', 'Verified'],
  failed: ['failed', 'Failed'],
  inconclusive: ['warning', 'Inconclusive'],
};

const CHECK_ICONS: Readonly<Record<string, IconName>> = {
  success: 'current',
  healthy: 'current',
  passed: 'current',
  verified: 'current',
  failure: 'failed',
  failed: 'failed',
  running: 'time',
  waiting: 'time',
  'not healthy': 'time',
  inconclusive: 'warning',
};

/** The checks of what was written last. */
export function verificationPart(
  verification: VerificationStatus | undefined,
  now: number,
): Html | undefined {
  if (verification === undefined) return undefined;
  const [name, word] = STATES[verification.state];
  return html`<section class="card">
    <h2>Verification</h2>
    <p>
      ${icon(name)}<strong>${word}</strong>
      <span class="muted">for ${spanSince(verification.since, now)}</span>, commit
      ${commitLink(verification.commit, undefined)}
    </p>
    ${
      verification.checks.length > 0 &&
      html`<ul class="checks">
        ${verification.checks.map(
          (check) =>
            html`<li>
              ${icon(CHECK_ICONS[check.state.split(',')[0] ?? ''] ?? 'warning')}
              <div>
                ${code(check.name, 120)}
                ${foreign(check.state, 60)}${
                  check.detail !== undefined &&
                  check.detail !== '' &&
                  html`<p class="why">${foreign(check.detail)}</p>`
                }
              </div>
            </li>`,
        )}
      </ul>`
    }
  </section>`;
}
