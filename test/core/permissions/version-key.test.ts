import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../../src/core/image/reference.ts';
import type { KeyPart } from '../../../src/core/permissions/key-meaning.ts';
import { whyNoVersionKey } from '../../../src/core/permissions/version-key.ts';
import type { WrittenKey } from '../../../src/core/permissions/written-key.ts';
import { parseValueTemplate } from '../../../src/core/value-template.ts';

const API = parseImageReference('ghcr.io/acme/api');
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const COMMIT = '4c0f1d2a'.repeat(5);

function keyAt(path: string, text: string, part: KeyPart): WrittenKey {
  return { slotPath: path, path, text, part };
}

function why(
  key: WrittenKey,
  changes: Partial<Parameters<typeof whyNoVersionKey>[1]> = {},
): string | undefined {
  return whyNoVersionKey(key, { image: API, beside: [], registries: [], isChart: false, ...changes });
}

type Row = readonly [path: string, text: string];

describe('a key for a tag', () => {
  test.each<Row>([
    ['tag', '17'],
    ['tag', '1.20'],
    ['tag', ''],
    ['tag', '1.2.3.4'],
    ['image.tag', '1.2.3'],
    ['image.tag', `1.2.3@${DIGEST}`],
    ['image.tag', DIGEST],
    ['image.tag', COMMIT],
    ['image.tag', '4c0f1d2'],
    ['image.tag', 'CHANGEME'],
    ['image.tag', 'v1'],
    ['image.tag', 'none'],
    ['image.tag', '2026-11-29'],
    ['image.tag', 'feature-x'],
    ['controller.image.version', 'v1.2.3'],
    ['versions.api', 'v1.2.3'],
    ['versions.api', ''],
    ['versions.api', 'edge'],
    ['images."ghcr.io/acme/api"', '1.2.3'],
    ['images."api.v1".tag', ''],
    ['apiVersionTag', 'main-abc1234-1699999999'],
    ['apiVersionTag', ''],
    ['api.version', '1.2.3'],
    ['api_tag', 'stable'],
    ['api-image-tag', ''],
    ['imagetag', 'latest'],
    ['imageTagOverride', ''],
    ['global.imageTag', 'nightly'],
    ['appVersion', '1.16.0'],
    ['app.version', ''],
    ['postgresql.version', '16'],
    ['version', '16.1'],
    ['image.tag', '${TAG}'],
    ['image.tag', '<set by the pipeline>'],
    ['version', '2026.11.29'],
    ['podLabels."app.kubernetes.io/version"', '1.2.3'],
    ['jobs[0].tag', '1.0'],
    ['matrix[0][1][0].tag', '8'],
    ['postgresql.image.tag', '16-alpine'],
    ['api', '1.4.2'],
    ['api', 'v1.4'],
    ['api', 'main-abc1234-1699999999'],
    ['backend', '2026.11.29'],
    ['release', 'v2.0.0-rc.1'],
    ['tagApi', 'latest'],
    ['kubeStateMetrics.version', 'v2.10.1'],
    ['configReloader.version', '0.9.0'],
    ['helm.image.tag', '3.14.0'],
    ['portalTag', ''],
    ['commandImageTag', '1.0'],
    ['prometheus.prometheusSpec.version', 'v2.50.1'],
    ['imagesha', '4c0f1d2'],
    ['image.sha', ''],
    ['api.tag', 'v1'],
    ['api', DIGEST],
  ])('%s with %j may be written', (path, text) => {
    expect(why(keyAt(path, text, 'tag'))).toBeUndefined();
  });

  test.each<Row>([
    ['run', ''],
    ['jobs.build.steps[0].run', ''],
    ['steps[0].run', 'make deploy'],
    ['script', '1.2.3'],
    ['command', ''],
    ['command[0]', 'v1.2.3'],
    ['args[1]', '1.2.3'],
    ['container.args[0]', ''],
    ['image.command', ''],
    ['hook', ''],
    ['image.hook', ''],
    ['spec.source.targetRevision', 'v1.2.3'],
    ['targetRevision', ''],
    ['targetrevision', 'HEAD'],
    ['git.revision', '1.2.3'],
    ['gitRef', 'v1.2.3'],
    ['ref', 'v1.2.3'],
    ['branch', 'main'],
    ['branchName', 'release-1.2.3'],
    ['source.commit', COMMIT],
    ['api', COMMIT],
    ['version', COMMIT],
    ['gitTag', 'v1.2.3'],
    ['git.tag', ''],
    ['steps[0].uses', 'actions/checkout@v4'],
    ['url', ''],
    ['image.url', 'https://evil.example/x'],
    ['homepage', 'https://acme.example/1.2.3'],
    ['downloadUrl', '1.2.3'],
    ['enabled', 'true'],
    ['feature', 'true'],
    ['image.debug', 'false'],
    ['image.tag', 'true'],
    ['image.tag', 'off'],
    ['tag', 'yes'],
    ['authDisabled', 'false'],
    ['image.pullPolicy', 'IfNotPresent'],
    ['image.pullPolicy', ''],
    ['images.pullPolicy', ''],
    ['imagePullSecret', ''],
    ['imagePullSecrets[0].name', ''],
    ['replicas', '3'],
    ['replicaCount', ''],
    ['imageReplicas', '3'],
    ['port', '8080'],
    ['service.port', ''],
    ['metricsport', '9090'],
    ['weight', '10'],
    ['anything', '3'],
    ['anything', '1.5'],
    ['resources.limits.cpu', '1.5'],
    ['resources.limits.memory', '1.5Gi'],
    ['backend', '10.0.0.1'],
    ['dns.server', '10.96.0.10'],
    ['host', 'db.internal'],
    ['mountPath', '/data'],
    ['workdir', '../../etc'],
    ['image.tag', '/bin/sh'],
    ['image.tag', 'rm -rf data'],
    ['owner', 'ada@acme.example'],
    ['image.tag', 'ada@acme.example'],
    ['motd', 'welcome'],
    ['motd', ''],
    ['log.level', 'debug'],
    ['environment', 'production'],
    ['tags.team', ''],
    ['tags.team', 'payments'],
    ['schedule', '2026.11.29'],
    ['expires', '2026-11-29'],
    ['releaseDate', '2026-11-29'],
    ['apiVersion', 'v1'],
    ['apiVersion', 'v1beta1'],
    ['api.version', 'v2'],
    ['chart.version', '1.2.3'],
    ['chartVersion', ''],
    ['dependencies[0].version', '1.2.3'],
    ['spec.chart.spec.version', '1.2.3'],
    ['tlsMinVersion', '1.2'],
    ['minTLSVersion', ''],
    ['kubeVersion', '1.28.0'],
    ['k8sVersion', ''],
    ['schemaVersion', '3'],
    ['git.sha', 'abc1234'],
    ['checksum/config', '0123456789abcdef'.repeat(4)],
    ['config.digest', DIGEST],
    ['image', '8080'],
    ['resourceVersion', '12345'],
    ['version', '3'],
    ['headSha', 'abc1234'],
    ['sha', ''],
    ['spec.ref.tag', 'v1.2.3'],
    ['step', '$(curl)'],
    ['step', '${COMMAND}'],
    ['image.tag', '$(id)'],
    ['volumes[0]', '1.2.3'],
  ])('%s with %j needs a rule', (path, text) => {
    expect(why(keyAt(path, text, 'tag'))).toBeDefined();
  });

  test.each<readonly [template: string, path: string, text: string, allowed: boolean]>([
    ['v-{tag}', 'image.tag', 'v-1.2.3', true],
    ['v-{tag}', 'image.tag', '', true],
    ['{tag}@{digest}', 'api.tag', `1.2.3@${DIGEST}`, true],
    ['api-{tag}', 'api', 'api-1.2.3', true],
    ['https://x/{tag}', 'link', 'https://x/1.2.3', false],
    ['https://x/{tag}', 'image.tag', 'https://x/1.2.3', false],
    ['/opt/{tag}', 'binary', '/opt/1.2.3', false],
    ['n{tag}', 'image.tag', 'no', false],
    ['v{tag}', 'targetRevision', 'v1.2.3', false],
    ['run {tag}', 'step', 'run 1.2.3', false],
  ])('by the template %s: %s with %j', (template, path, text, allowed) => {
    const found = why(keyAt(path, text, 'tag'), { template: parseValueTemplate(template) });
    expect(found === undefined).toBe(allowed);
  });

  test.each<readonly [path: string, allowed: boolean]>([
    ['version', false],
    ['appVersion', true],
    ['dependencies[0].version', false],
  ])('in a Chart.yaml: %s', (path, allowed) => {
    expect(why(keyAt(path, '1.2.3', 'tag'), { isChart: true }) === undefined).toBe(allowed);
  });
});

describe('the value of a named element', () => {
  test.each<readonly [element: string, part: KeyPart, text: string, allowed: boolean]>([
    ['IMAGE_TAG', 'tag', '17', true],
    ['image.tag', 'tag', 'latest', true],
    ['API_IMAGE', 'image', 'redis:6379', true],
    ['APP_VERSION', 'tag', '', true],
    ['GIT_REVISION', 'tag', 'v1.2.3', false],
    ['replicaCount', 'tag', '1.2.3', false],
    ['COMMAND', 'image', 'acme/api:1.2.3', false],
    ['DEBUG', 'tag', 'true', false],
    ['GREETING', 'tag', '', false],
  ])('%s: %s with %j', (element, part, text, allowed) => {
    expect(why({ ...keyAt('env[0].value', text, part), element }) === undefined).toBe(allowed);
  });
});

describe('a key for a whole image', () => {
  test.each<Row>([
    ['image', 'ghcr.io/acme/api:1.2.3'],
    ['image', 'nginx'],
    ['image', 'CHANGEME'],
    ['image', ''],
    ['image', `acme/api@${DIGEST}`],
    ['images[1]', 'acme/api:1'],
    ['images.api', ''],
    ['sidecar', 'acme/envoy:v1'],
    ['extraContainers[0].image', 'redis:6379'],
    ['sidecars[name=proxy].image', ''],
    ['imageRef', 'acme/api:1.2.3'],
    ['image.url', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1.2.3'],
    ['env[1].value', 'ghcr.io/acme/api:1.2.3'],
    ['worker', `acme/worker:1.2.3@${DIGEST}`],
    ['backend', 'ghcr.io/acme/api:latest'],
  ])('%s with %j may be written', (path, text) => {
    expect(why(keyAt(path, text, 'image'))).toBeUndefined();
  });

  test.each<Row>([
    ['cache', 'redis:6379'],
    ['proxy', 'localhost:8080'],
    ['upstream', 'db.internal:5432'],
    ['server', 'acme.example/api:8080'],
    ['host', 'acme/api:1.2.3'],
    ['url', ''],
    ['repoURL', 'https://git.example/acme/deploy.git'],
    ['repoURL', 'acme/deploy:1.2.3'],
    ['source', 'git@git.example:acme/deploy.git'],
    ['source', 'oci://ghcr.io/acme/chart'],
    ['link', 'https://ghcr.io/acme/api:1.2.3'],
    ['run', 'ghcr.io/acme/api:1.2.3'],
    ['args[0]', 'acme/api:1.2.3'],
    ['entry', 'some words'],
    ['entry', 'acme/path'],
    ['entry', ''],
    ['image', 'true'],
    ['image', '8080'],
    ['image', '/usr/bin/env'],
    ['image', 'docker run acme/api:1.2.3'],
    ['hero.image', 'img/hero.png'],
    ['image', 'ada@acme.example'],
    ['owner', 'team@acme.example'],
    ['volumes[0]', 'acme/data:ro'],
    ['image', '$(id)'],
  ])('%s with %j needs a rule', (path, text) => {
    expect(why(keyAt(path, text, 'image'))).toBeDefined();
  });

  test.each<readonly [template: string, path: string, text: string, allowed: boolean]>([
    ['docker://{name}:{tag}', 'image', 'docker://ghcr.io/acme/api:1.2.3', true],
    ['{registry}/{repository}:{tag}@{digest}', 'web.image', `ghcr.io/acme/api:1.2.3@${DIGEST}`, true],
    ['https://{name}:{tag}', 'image', 'https://ghcr.io/acme/api:1.2.3', false],
    ['git@{name}:{tag}', 'source', 'git@ghcr.io/acme/api:1.2.3', false],
  ])('by the template %s: %s with %j', (template, path, text, allowed) => {
    const found = why(keyAt(path, text, 'image'), { template: parseValueTemplate(template) });
    expect(found === undefined).toBe(allowed);
  });
});

describe('a key for a name, a registry or a digest', () => {
  test.each<readonly [path: string, part: KeyPart, text: string]>([
    ['image.name', 'name', 'acme/other'],
    ['image.repository', 'name', ''],
    ['image.repository', 'name', 'CHANGEME'],
    ['apiImage', 'name', 'acme/api'],
    ['api.repo', 'name', ''],
    ['service.name', 'name', 'ghcr.io/acme/api'],
    ['webName', 'name', 'ghcr.io/acme/web'],
    ['sidecarName', 'name', 'acme/web'],
    ['image.registry', 'registry', 'ghcr.io'],
    ['image.registry', 'registry', 'mirror.example:5000/hub/'],
    ['webRegistry', 'registry', ''],
    ['global.imageRegistry', 'registry', ''],
    ['image.digest', 'digest', ''],
    ['image.digest', 'digest', DIGEST],
    ['image.digest', 'digest', 'none'],
    ['api.sha', 'digest', DIGEST],
    ['image.sha', 'digest', ''],
    ['image.sha256', 'digest', '0123456789abcdef'.repeat(4)],
    ['pinned', 'digest', DIGEST],
  ])('%s for the %s with %j may be written', (path, part, text) => {
    expect(why(keyAt(path, text, part))).toBeUndefined();
  });

  test.each<readonly [path: string, part: KeyPart, text: string]>([
    ['service.name', 'name', 'api'],
    ['metadata.name', 'name', ''],
    ['owner', 'name', 'acme/devs'],
    ['topic', 'name', 'acme/orders'],
    ['git.repository', 'name', 'acme/deploy'],
    ['repoURL', 'name', ''],
    ['image.name', 'name', 'https://evil.example'],
    ['image.name', 'name', 'true'],
    ['command', 'name', 'acme/other'],
    ['host', 'registry', 'db.internal'],
    ['database.host', 'registry', ''],
    ['endpoint', 'registry', 'ghcr.io'],
    ['image.registry', 'registry', 'https://ghcr.io'],
    ['image.pullPolicy', 'digest', ''],
    ['image.sha', 'digest', COMMIT],
    ['commit.sha', 'digest', DIGEST],
    ['checksum/config', 'digest', DIGEST],
    ['image.digest', 'digest', '12'],
    ['password', 'digest', ''],
    ['run', 'digest', ''],
  ])('%s for the %s with %j needs a rule', (path, part, text) => {
    expect(why(keyAt(path, text, part))).toBeDefined();
  });

  test('a name without a word for an image may be made beside a tag of the same stem', () => {
    const tag = (path: string) => ({ beside: [keyAt(path, '1.0.0', 'tag')] });

    expect(why(keyAt('web.name', '', 'name'), tag('web.tag'))).toBeUndefined();
    expect(why(keyAt('webName', '', 'name'), tag('webTag'))).toBeUndefined();
    expect(why(keyAt('metadata.name', '', 'name'), tag('web.tag'))).toBeDefined();
    expect(why(keyAt('web.name', '', 'name'), tag('web.run'))).toBeDefined();
  });

  test('a name or registry that is the image already stays, whatever its key is called', () => {
    const registry = keyAt('host', 'ghcr.io', 'registry');
    const name = keyAt('path', 'acme/api', 'name');

    expect(why(registry, { beside: [registry, name] })).toBeUndefined();
    expect(why(name, { beside: [registry, name] })).toBeUndefined();
    expect(why(registry, { beside: [registry] })).toBeDefined();
    expect(why(keyAt('path', 'api', 'name'), { registries: ['ghcr.io/acme'] })).toBeUndefined();
    expect(why(keyAt('path', 'api', 'name'))).toBeDefined();
  });
});

describe('a refusal', () => {
  test('says what was expected, and never what the key has', () => {
    expect(why(keyAt('api', 's3cr3t-value', 'tag'))).toBe('expected the tag of an image in it, found a word');
    expect(why(keyAt('enabled', 'true', 'tag'))).toContain('its name is that of something else');
    expect(why(keyAt('motd', '', 'image'))).toContain('nothing yet');
  });
});
