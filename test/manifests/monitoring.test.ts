import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../src/reporters/metrics.ts';
import { datedImage, DELIVERIES, image, problem, report, rollback } from '../reporters/reports.ts';
import { DASHBOARD_MODEL } from './dashboard-model.ts';
import { installation, MANIFESTS, ofKind, workloadOf, type Workload } from './rendered.ts';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly (
      { readonly alert: string; readonly expr: string } | { readonly record: string; readonly expr: string }
    )[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const RULES_FILE = join(MANIFESTS, 'monitoring/rules.yaml');
const rules = parse(readFileSync(RULES_FILE, 'utf8')) as Rules;
const dashboard = JSON.parse(readFileSync(join(MANIFESTS, 'monitoring/dashboard.json'), 'utf8')) as Dashboard;
const ALL_RULES = rules.groups.flatMap((group) => group.rules);
const ALERTS = ALL_RULES.flatMap((rule) => ('alert' in rule ? [rule] : []));
const RECORDS = ALL_RULES.flatMap((rule) => ('record' in rule ? [rule] : []));

/** Every expression that Prometheus is asked, with what Grafana puts in for its variables. */
const QUERIES: readonly (readonly [where: string, expr: string])[] = [
  ...ALERTS.map(({ alert, expr }) => [alert, expr] as const),
  ...RECORDS.map(({ record, expr }) => [record, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(
      ({ expr }) => [title, expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*')] as const,
    ),
  ),
];

/** Labels that Prometheus itself puts on what it scrapes, and `shard` of our PodMonitor. */
const TARGET_LABELS = ['namespace', 'job', 'instance', 'pod', 'shard', 'le'];

function readTests(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');
}

function promtool(
  args: readonly string[],
  input = '',
): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', input });
  return { status, said: `${stdout}${stderr}` };
}

/** Everything we can ever tell, as a scrape gets it. */
async function scrape(): Promise<string> {
  const metrics = createMetrics({ version: '1.0.0' });
  await metrics.reporter.report(
    report({
      images: [image('updated'), image('failed'), datedImage()],
      problems: [problem()],
      rollbacks: [rollback()],
      deliveries: DELIVERIES,
    }),
  );
  metrics.observer.registryRequest({ registry: 'ghcr.io', kind: 'tags', status: 500, seconds: 1 });
  metrics.observer.registryFrozen({ registry: 'ghcr.io', scope: 'host', reason: 'status-429', until: 1 });
  metrics.observer.signatureRefused({ policy: 'releases' });
  metrics.observer.gitOperation({ remote: 'github.com', kind: 'push', ok: true, seconds: 1 });
  metrics.notices.settled({ service: 'team', kind: 'held', result: 'failed' });
  metrics.notices.queued({ service: 'team', size: 1 });
  metrics.observer.checkMeasured({ check: 'slo-errors', result: 'success' });
  return metrics.text();
}

let folder = '';
let scraped = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-monitoring-'));
  scraped = await scrape();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('alerts', () => {
  test.each(['alerts.yaml', 'long-alerts.yaml'])(
    'are fired when they should be, and only then: %s',
    (name) => {
      const file = join(folder, name);
      writeFileSync(file, readTests(name).replace('RULES', RULES_FILE));
      expect(promtool(['test', 'rules', file])).toMatchObject({
        status: 0,
        said: expect.stringContaining('SUCCESS') as string,
      });
    },
  );

  test('are all tried, and so is what is recorded', () => {
    const tried = ['alerts.yaml', 'long-alerts.yaml'].flatMap(
      (name) =>
        (
          parse(readTests(name)) as {
            tests: {
              alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[];
              promql_expr_test?: { expr: string; exp_samples: unknown[] }[];
            }[];
          }
        ).tests,
    );
    const fired = tried
      .flatMap((one) => one.alert_rule_test ?? [])
      .filter((one) => one.exp_alerts.length > 0);
    expect(new Set(fired.map(({ alertname }) => alertname))).toEqual(
      new Set(ALERTS.map(({ alert }) => alert)),
    );
    const recorded = tried
      .flatMap((one) => one.promql_expr_test ?? [])
      .filter((one) => one.exp_samples.length > 0)
      .map(({ expr }) => RECORDS.find(({ record }) => expr.includes(record))?.record);
    expect(new Set(recorded)).toEqual(new Set(RECORDS.map(({ record }) => record)));
  });

  test('are the same for the operator of Prometheus', () => {
    const [rule] = ofKind(installation('monitoring'), 'PrometheusRule');
    expect(rule?.['spec']).toEqual(rules);
  });

  test('are explained, each', () => {
    const page = readFileSync(join(MANIFESTS, '../docs/monitoring.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `(Lynceus\w+)` \|/gm)].map(([, name]) => name);
    expect(explained).toEqual(ALERTS.map(({ alert }) => alert));
    const figures = readFileSync(join(MANIFESTS, '../docs/delivery-metrics.md'), 'utf8');
    const named = [...figures.matchAll(/^\| `(\w+:\w+:\w+)` \|/gm)].map(([, name]) => name);
    expect(named).toEqual(RECORDS.map(({ record }) => record));
  });
});

describe('queries', () => {
  test('are understood by Prometheus', () => {
    const file = join(folder, 'queries.yaml');
    const records = QUERIES.map(([, expr], index) => ({ record: `q${index}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules: records }] }));
    expect(promtool(['check', 'rules', file])).toMatchObject({
      status: 0,
      said: expect.stringContaining(`${QUERIES.length} rules found`) as string,
    });
    expect(QUERIES.length).toBeGreaterThan(25);
  });

  test.each(QUERIES)('%s asks for metrics and labels that are there', (_, expr) => {
    const labels = labelsByMetric(scraped);
    const names = [
      ...expr.matchAll(/\b((?:lynceus|argocd_image_updater|process|nodejs)_\w+)(?:\{([^}]*)\})?/g),
    ];
    expect(names.length).toBeGreaterThan(0);
    for (const [, name = '', matchers = ''] of names) {
      expect([...labels.keys()]).toContain(name);
      const asked = [...matchers.matchAll(/(\w+)(?:=~?|!=|!~)"/g)].map(([, label]) => label);
      expect([...TARGET_LABELS, ...(labels.get(name) ?? [])]).toEqual(expect.arrayContaining(asked));
    }
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
    const offered = names.flatMap(([, name = '']) => labels.get(name) ?? []);
    expect([...TARGET_LABELS, ...offered]).toEqual(expect.arrayContaining(grouped));
  });
});

/** Names of samples (`x_bucket` too) with the labels they have. */
function labelsByMetric(text: string): ReadonlyMap<string, readonly string[]> {
  const samples = [...text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)];
  return new Map(
    samples.map(([, name = '', labels = '']) => [
      name,
      [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
    ]),
  );
}

describe('the dashboard', () => {
  test('is one as Grafana documents it', () => {
    expect(DASHBOARD_MODEL.safeParse(dashboard).error?.issues ?? []).toEqual([]);
  });

  test.each([
    ['a unit that Grafana does not know', { fieldConfig: { defaults: { unit: 'second' }, overrides: [] } }],
    ['a kind of panel that is not there', { type: 'graph' }],
    ['a data source of its own', { datasource: { type: 'prometheus', uid: 'abc' } }],
    ['a panel that is too wide', { gridPos: { x: 20, y: 0, w: 6, h: 4 } }],
    ['a misspelled key', { fieldconfig: {} }],
  ])('would not be one with %s', (_, change) => {
    const panels = dashboard.panels.map((one, index) => (index === 1 ? { ...one, ...change } : one));
    expect(DASHBOARD_MODEL.safeParse({ ...dashboard, panels }).success).toBe(false);
  });

  test('has panels that do not lie on each other', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test('says what each panel shows, and asks the data source that was chosen', () => {
    expect(JSON.stringify(dashboard)).not.toMatch(/"uid":"(?!\$\{datasource\}|lynceus")/);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'job']);
    for (const { definition = 'lynceus_build_info' } of dashboard.templating.list)
      expect(definition).toContain('lynceus_build_info');
  });

  test('comes as a ConfigMap that the sidecar of Grafana finds', () => {
    const [config] = ofKind(installation('monitoring'), 'ConfigMap') as unknown as readonly {
      metadata: object;
      data: Readonly<Record<string, string>>;
    }[];
    expect(config?.metadata).toMatchObject({
      name: 'argocd-image-updater-dashboard',
      labels: { grafana_dashboard: '1' },
    });
    expect(JSON.parse(config?.data['lynceus.json'] ?? '')).toEqual(dashboard);
  });
});

describe('the PodMonitor', () => {
  test('finds the pods and their port', () => {
    const [monitor] = ofKind(installation('monitoring'), 'PodMonitor') as unknown as readonly {
      spec: { selector: Workload['spec']['selector']; podMetricsEndpoints: { port: string; path: string }[] };
    }[];
    const { workload, container } = workloadOf(installation('monitoring'));
    expect(workload.spec.template.metadata.labels).toMatchObject(
      monitor?.spec.selector.matchLabels ?? { none: '' },
    );
    const [endpoint] = monitor?.spec.podMetricsEndpoints ?? [];
    expect(container.ports.map(({ name }) => name)).toContain(endpoint?.port);
    expect(endpoint?.path).toBe('/metrics');
  });
});

describe('/metrics', () => {
  test('is what Prometheus reads, with names as they should be', () => {
    const { said } = promtool(['check', 'metrics'], scraped);
    const lines = said.split('\n').filter((line) => line !== '');
    // Names of Argo CD Image Updater and of the library for Node.js are not ours to choose.
    expect(
      lines.filter(
        (line) =>
          !/^(?:argocd_image_updater_(?:applications|images)_watched_total|nodejs_active_\w+_total) /.test(
            line,
          ),
      ),
    ).toEqual([]);
  });

  test('is refused when it is broken', () => {
    expect(promtool(['check', 'metrics'], `${scraped}lynceus_x{ 1\n`).status).not.toBe(0);
  });
});
