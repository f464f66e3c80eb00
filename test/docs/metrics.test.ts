import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/reporters/metrics.ts';
import { datedImage, DELIVERIES, image, problem, report, rollback } from '../reporters/reports.ts';

const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

describe('docs/metrics.md', () => {
  let scraped = '';

  beforeAll(async () => {
    const metrics = createMetrics({ version: '1.0.0' });
    await metrics.reporter.report(
      report({
        images: [image('updated'), image('held', { code: 'signature-missing' }), datedImage()],
        deliveries: DELIVERIES,
        problems: [problem()],
        rollbacks: [rollback()],
        verifications: {
          running: 1,
          ended: [
            {
              application: { namespace: 'argocd', name: 'shop' },
              commit: 'c0ffee',
              writtenAt: 0,
              kind: 'update',
              images: [],
              ending: { outcome: 'verified', at: 1 },
              follows: 'notify',
            },
          ],
          unanswered: [],
        },
      }),
    );
    metrics.observer.registryRequest({ registry: 'ghcr.io', kind: 'tags', status: 200, seconds: 1 });
    metrics.webhookRequest({ type: 'ghcr.io', result: 'accepted' });
    metrics.observer.registryFrozen({ registry: 'ghcr.io', scope: 'host', reason: 'quota', until: 1 });
    metrics.observer.signatureRefused({ policy: 'releases' });
    metrics.observer.gitOperation({ remote: 'github.com', kind: 'push', ok: true, seconds: 1 });
    metrics.observer.checkMeasured({ check: 'slo-errors', result: 'success' });
    metrics.notices.queued({ service: 'chat', size: 1 });
    metrics.notices.settled({ service: 'chat', kind: 'updated', result: 'sent' });
    scraped = await metrics.text();
  });

  /** Names and types that a scrape has. */
  function scrapedTypes(): Record<string, string> {
    return Object.fromEntries(
      [...scraped.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]),
    );
  }

  /** Names and types of the tables; a row may name several. */
  function documentedTypes(): Record<string, string> {
    const rows = [...text.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (gauge|counter|histogram) \|/gm)];
    return Object.fromEntries(
      rows.flatMap(([, names = '', type = '']) => [...names.matchAll(/\w+/g)].map(([name]) => [name, type])),
    );
  }

  test('names every metric with its type', () => {
    expect(documentedTypes()).toMatchObject(scrapedTypes());
  });

  test('names no metric that is not there', () => {
    // What can be told of a process differs between operating systems.
    const ours = Object.entries(documentedTypes()).filter(
      ([name]) => process.platform === 'linux' || /^(?:lynceus|argocd)_/.test(name),
    );
    expect(scrapedTypes()).toMatchObject(Object.fromEntries(ours));
  });

  test('names the labels of each', () => {
    const rows = [...text.matchAll(/^\| `((?:lynceus|argocd)_\w+)` \| \w+ \|(.*?)\|/gm)];
    for (const [, name = '', cell = ''] of rows) {
      const documented = [...cell.matchAll(/\w+/g)].map(([label]) => label);
      const [, labels = ''] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(scraped) ?? [];
      const found = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
      expect(new Set(found), name).toEqual(new Set(documented));
    }
    expect(rows).toHaveLength(37);
  });

  test('has alerts over metrics that are there', () => {
    const [, block = ''] = /```promql\n(.*?)```/s.exec(text) ?? [];
    const used = [...block.matchAll(/\blynceus_\w+/g)].map(([name]) =>
      name.replace(/_(?:count|bucket|sum)$/, ''),
    );
    expect(used.length).toBeGreaterThanOrEqual(4);
    expect(Object.keys(scrapedTypes())).toEqual(expect.arrayContaining(used));
  });
});
