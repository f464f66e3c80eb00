import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The `ImageUpdater` that something is of; without them it is of annotations. */
const UPDATER_LABELS = ['image_updater_cr_name', 'image_updater_cr_namespace'] as const;

/** Every metric of ours. Names and labels are an interface: `docs/metrics.md` explains each, a test keeps it so. */
// prettier-ignore
export function createMetricSet(registry: Registry) {
  const common = { registers: [registry] };
  return {
    ...compatible(common),
    ...deliveries(common),
    cycles: new Counter({ ...common, name: 'lynceus_cycles_total', help: 'Cycles that have ended, by result: success or failure (something in it failed)', labelNames: ['result'] }),
    cyclesEndedEarly: new Counter({ ...common, name: 'lynceus_cycles_ended_early_total', help: 'Cycles that ended without a report: a defect, or the lead was lost' }),
    cycleSeconds: new Histogram({ ...common, name: 'lynceus_cycle_duration_seconds', help: 'How long cycles took', buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800] }),
    lastCycle: new Gauge({ ...common, name: 'lynceus_last_cycle_timestamp_seconds', help: 'When the last cycle ended, in seconds since 1970' }),
    lastCycleSuccess: new Gauge({ ...common, name: 'lynceus_last_cycle_success', help: '1 when nothing failed in the last cycle, else 0' }),
    images: new Gauge({ ...common, name: 'lynceus_images', help: 'Images by how they ended the last cycle', labelNames: ['application', 'outcome', 'code'] }),
    imagesTurnedAway: new Gauge({ ...common, name: 'lynceus_images_turned_away', help: 'Images of which the last cycle turned a version away because nobody signed it, or not with the right key', labelNames: ['application'] }),
    problems: new Gauge({ ...common, name: 'lynceus_problems', help: 'Faults found in manifests and annotations in the last cycle', labelNames: ['application', 'code', ...UPDATER_LABELS] }),
    registrySeconds: new Histogram({ ...common, name: 'lynceus_registry_request_duration_seconds', help: 'How long requests to registries took; the status is a class such as 2xx, or none without an answer', labelNames: ['registry', 'kind', 'status'], buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] }),
    registryFreezes: new Counter({ ...common, name: 'lynceus_registry_freezes_total', help: 'How often a registry (scope host) or one path of it (scope path) wanted to be left alone, by reason: status-429, status-503 or quota', labelNames: ['registry', 'scope', 'reason'] }),
    registryFrozenUntil: new Gauge({ ...common, name: 'lynceus_registry_frozen_until_timestamp_seconds', help: 'When a registry (scope host), or the path of it that wanted to be left alone last (scope path), is asked again, in seconds since 1970', labelNames: ['registry', 'scope'] }),
    signaturesRefused: new Counter({ ...common, name: 'lynceus_signatures_refused_total', help: 'How often a version did not fit a policy of signatures; the policy of an ImageUpdater has no name', labelNames: ['policy'] }),
    gitOperations: new Counter({ ...common, name: 'lynceus_git_operations_total', help: 'Fetches and pushes, by result: success or failure', labelNames: ['remote', 'kind', 'result'] }),
    gitSeconds: new Histogram({ ...common, name: 'lynceus_git_operation_duration_seconds', help: 'How long fetches and pushes took', labelNames: ['kind'], buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] }),
    webhookRequests: new Counter({ ...common, name: 'lynceus_webhook_requests_total', help: 'Webhooks by type and result: accepted, ignored, unauthorized, unreadable, unknown-type, rate-limited or unavailable', labelNames: ['type', 'result'] }),
    verifications: new Counter({ ...common, name: 'lynceus_verifications_total', help: 'Verifications of writes that have ended, by outcome: verified, failed or inconclusive', labelNames: ['outcome'] }),
    rollbacks: new Counter({ ...common, name: 'lynceus_rollbacks_total', help: 'Writes that failed a check, by what became of taking them back: written, proposed, held or failed', labelNames: ['outcome'] }),
    verificationsRunning: new Gauge({ ...common, name: 'lynceus_verifications_running', help: 'Verifications of writes that go on' }),
    checkMeasurements: new Counter({ ...common, name: 'lynceus_check_measurements_total', help: 'Measurements of checks by result: success, failure, inconclusive, pending or no-answer', labelNames: ['check', 'result'] }),
    notices: new Counter({ ...common, name: 'lynceus_notices_total', help: 'Notices by service, kind and result: sent, failed (the service does not take it), given-up (tried for too long) or dropped', labelNames: ['service', 'kind', 'result'] }),
    noticesQueued: new Gauge({ ...common, name: 'lynceus_notices_queued', help: 'Notices that wait to be sent to a service', labelNames: ['service'] }),
    noticesDropped: new Counter({ ...common, name: 'lynceus_notices_dropped_total', help: 'Notices that were dropped because too many waited for the service, or the process ended', labelNames: ['service'] }),
    configFaults: new Gauge({ ...common, name: 'lynceus_config_faults', help: 'Settings that cannot be used and were passed over at start' }),
    buildInfo: new Gauge({ ...common, name: 'lynceus_build_info', help: 'Always 1; its labels are the versions of Lynceus and of Node.js', labelNames: ['version', 'node'] }),
  };
}

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];

/** From a push that a webhook tells of, to what waits for a window, an approval or a person. */
const LEAD_TIMES = [
  10,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  16 * HOUR,
  DAY,
  2 * DAY,
  4 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
];
const RESTORE_TIMES = [
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];

/** What becomes of versions on their way. */
// prettier-ignore
function deliveries(common: { readonly registers: Registry[] }) {
  return {
    leadTime: new Histogram({ ...common, name: 'lynceus_delivery_lead_time_seconds', help: 'How long versions took from when they came to be (from: pushed, seen or built) to the commit, to the sync of Argo CD, and until they were verified', labelNames: ['from', 'to'], buckets: LEAD_TIMES }),
    deliveriesEnded: new Counter({ ...common, name: 'lynceus_deliveries_total', help: 'What was written to one Application by one commit, by how it ended: written (nobody says what is deployed), synced, verified, failed, rolled-back, inconclusive or superseded', labelNames: ['result'] }),
    deliveriesRolledBack: new Counter({ ...common, name: 'lynceus_deliveries_rolled_back_total', help: 'What was taken back, by whom: person or check', labelNames: ['by'] }),
    timeToRestore: new Histogram({ ...common, name: 'lynceus_time_to_restore_seconds', help: 'How long it took from a failure that was seen, by whom (check or person), until something else was healthy', labelNames: ['by'], buckets: RESTORE_TIMES }),
    deliveriesUnderWay: new Gauge({ ...common, name: 'lynceus_deliveries_under_way', help: 'What was written and has not ended, by stage: proposed, written or synced', labelNames: ['stage'] }),
    imageAge: new Gauge({ ...common, name: 'lynceus_image_age_seconds', help: 'How old the oldest version in force of an Application is, where that is known', labelNames: ['application'] }),
    versionsBehind: new Gauge({ ...common, name: 'lynceus_image_versions_behind', help: 'How many versions that are let through are newer than the one in force, of the image of an Application that has most', labelNames: ['application'] }),
  };
}

/** The metrics of Argo CD Image Updater, so that dashboards and alerts survive the switch. */
// prettier-ignore
function compatible(common: { readonly registers: Registry[] }) {
  return {
    applicationsWatched: new Gauge({ ...common, name: 'argocd_image_updater_applications_watched_total', help: 'Applications that were considered in the last cycle', labelNames: UPDATER_LABELS }),
    imagesWatched: new Gauge({ ...common, name: 'argocd_image_updater_images_watched_total', help: 'Images that were considered in the last cycle', labelNames: ['application', ...UPDATER_LABELS] }),
    imagesUpdated: new Counter({ ...common, name: 'argocd_image_updater_images_updated_total', help: 'Images whose new version was written', labelNames: ['application', ...UPDATER_LABELS] }),
    imagesErrors: new Counter({ ...common, name: 'argocd_image_updater_images_errors_total', help: 'Failures while checking or updating images', labelNames: ['application', ...UPDATER_LABELS] }),
    registryRequests: new Counter({ ...common, name: 'argocd_image_updater_registry_requests_total', help: 'Requests to registries and their token endpoints', labelNames: ['registry'] }),
    registryFailures: new Counter({ ...common, name: 'argocd_image_updater_registry_requests_failed_total', help: 'Requests to registries without an answer or with an error in answer', labelNames: ['registry'] }),
  };
}

export type MetricSet = ReturnType<typeof createMetricSet>;
