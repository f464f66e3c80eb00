import type { RegistryStatus, RemoteStatus, StatusOverview } from '../core/status/status-pages.ts';
import { definitions } from './definitions.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { formatCount } from './pager.ts';
import { timeOf } from './time.ts';
import type { PageContext, WebPage } from './web-page.ts';

/** Rows of each of the two tables. */
const SHOWN = 50;

/** What Lynceus depends on: registries with their quotas and pauses, Git remotes, who leads, and what a cycle costs. */
export function registriesPage({ reader, now }: PageContext): WebPage {
  return {
    title: 'Registries',
    body: html`<h1>Registries and remotes</h1>
      <section aria-labelledby="registries-title">
        <h2 id="registries-title">Registries</h2>
        ${registryTable(reader.registries(), now)}
      </section>
      <section aria-labelledby="remotes-title">
        <h2 id="remotes-title">Git remotes</h2>
        ${remoteTable(reader.remotes(), now)}
      </section>
      <section class="card" aria-labelledby="process-title">
        <h2 id="process-title">This process</h2>
        ${processPart(reader.overview(), now)}
      </section>`,
  };
}

function registryTable(registries: readonly RegistryStatus[], now: number): Html {
  if (registries.length === 0)
    return html`<div class="empty">
      <p><strong>No registry has been asked yet.</strong></p>
      <p>Registries appear here with the first cycle that needs tags.</p>
    </div>`;
  const ordered = registries.toSorted(
    (one, other) =>
      Number(isPaused(other, now)) - Number(isPaused(one, now)) || other.failures - one.failures,
  );
  return html`<table class="hosts">
      <thead>
        <tr>
          <th scope="col">Registry</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Requests</th>
          <th scope="col" class="number">Failed</th>
          <th scope="col">Quota</th>
          <th scope="col">Asked last</th>
        </tr>
      </thead>
      <tbody>
        ${ordered.slice(0, SHOWN).map((registry) => registryRow(registry, now))}
      </tbody>
    </table>
    ${more(registries.length)}`;
}

function registryRow(registry: RegistryStatus, now: number): Html {
  const { requests, failures, lastAt, quota, pausedBecause } = registry;
  return html`<tr data-key="${registry.registry}">
    <th scope="row">${foreign(registry.registry, 200)}</th>
    <td>
      ${
        isPaused(registry, now)
          ? html`<span class="badge is-held">${icon('held')}Paused</span> ends
              ${timeOf(registry.pausedUntil ?? now, now)}${pausedBecause !== undefined && html`<small>${foreign(pausedBecause, 300)}</small>`}`
          : html`<span class="badge is-current">${icon('current')}Open</span>`
      }
    </td>
    <td class="number"><span class="label">requests </span>${formatCount(requests)}</td>
    <td class="number">
      <span class="label">failed </span>${
        failures === 0 ? '0' : html`<strong>${formatCount(failures)}</strong>`
      }
    </td>
    <td>
      ${
        quota === undefined
          ? html`<span class="muted">not said</span>`
          : html`<meter
                min="0"
                max="${quota.limit}"
                low="${quota.limit / 5}"
                value="${quota.remaining}"
                aria-label="Quota left"
              ></meter>
              ${formatCount(quota.remaining)} of ${formatCount(quota.limit)} left, ${timeOf(quota.at, now)}`
      }
    </td>
    <td>${lastAt === undefined ? html`<span class="muted">never</span>` : timeOf(lastAt, now)}</td>
  </tr>`;
}

function isPaused({ pausedUntil }: RegistryStatus, now: number): boolean {
  return pausedUntil !== undefined && pausedUntil > now;
}

function remoteTable(remotes: readonly RemoteStatus[], now: number): Html {
  if (remotes.length === 0)
    return html`<div class="empty">
      <p><strong>No Git remote has been fetched yet.</strong></p>
      <p>Remotes appear here with the first cycle that reads them.</p>
    </div>`;
  const ordered = remotes.toSorted((one, other) => Number(hasFailed(other)) - Number(hasFailed(one)));
  return html`<table class="hosts">
      <thead>
        <tr>
          <th scope="col">Remote</th>
          <th scope="col">Last fetch</th>
          <th scope="col">Last push</th>
        </tr>
      </thead>
      <tbody>
        ${ordered.slice(0, SHOWN).map(
          (remote) =>
            html`<tr data-key="${remote.remote}">
              <th scope="row">${code(remote.remote, 300)}</th>
              <td><span class="label">fetch </span>${contact(remote.lastFetch, now)}</td>
              <td><span class="label">push </span>${contact(remote.lastPush, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${more(remotes.length)}`;
}

function hasFailed({ lastFetch, lastPush }: RemoteStatus): boolean {
  return lastFetch?.ok === false || lastPush?.ok === false;
}

function contact(last: RemoteStatus['lastFetch'], now: number): Html {
  if (last === undefined) return html`<span class="muted">none</span>`;
  const badge = last.ok
    ? html`<span class="badge is-current">${icon('current')}OK</span>`
    : html`<span class="badge is-failed">${icon('failed')}Failed</span>`;
  return html`${badge} ${timeOf(last.at, now)}`;
}

function more(count: number): Html | undefined {
  return count > SHOWN
    ? html`<p class="muted">
        ${formatCount(SHOWN)} of ${formatCount(count)}, those with trouble first. The API has all of them.
      </p>`
    : undefined;
}

function processPart(
  { leader, shard, version, cycle, nextAt, verificationsRunning }: StatusOverview,
  now: number,
): Html {
  return html`${definitions([
    ['Version', version],
    [
      'Leader',
      leader.leads ? 'this replica' : leader.place === undefined ? 'not known' : foreign(leader.place, 120),
    ],
    ['Shard', shard === undefined ? undefined : foreign(shard, 60)],
    ['Last cycle', cycle && html`began ${timeOf(cycle.startedAt, now)}, took ${cycle.seconds.toFixed(1)} s`],
    ['Next cycle', nextAt === undefined ? undefined : timeOf(nextAt, now)],
    ['Registry requests', cycle && formatCount(cycle.costs.registryRequests)],
    ['Git fetches', cycle && formatCount(cycle.costs.gitFetches)],
    ['Git pushes', cycle && formatCount(cycle.costs.gitPushes)],
    ['Verifications running', formatCount(verificationsRunning)],
  ])}`;
}
