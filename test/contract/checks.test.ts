import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckQuestion, Measurement } from '../../src/core/verification/check-spec.ts';
import { createKubeClient } from '../../src/kube/create-kube-client.ts';
import { ROLLOUTS, type KubeClient } from '../../src/kube/kube-client.ts';
import type { Observer } from '../../src/ports/observer.ts';
import { aCheck, aQuery, aSubject, NEVER, NOON, theChecks } from '../checks/a-check.ts';
import { json, serve } from '../checks/http-server.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { errorOf } from '../helpers/thrown.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

/** What a source of answers is to say. */
type Answer = 'good' | 'bad' | 'nothing' | 'refused' | 'silent';

interface Kind {
  readonly isReplayable: boolean;
  /** A question about `{{application}}` to a source that says this, and nothing else of any other Application. */
  ask(answer: Answer): Promise<CheckQuestion>;
}

const folder = mkdtempSync(join(tmpdir(), 'lynceus-checks-'));
let standIn: KubeStandIn;
let kube: KubeClient;

beforeAll(async () => {
  standIn = await startKubeStandIn();
  const kubeconfig = standIn.kubeconfig(join(folder, 'kubeconfig'));
  kube = await createKubeClient({
    kubeconfig,
    env: {},
    clock: createVirtualClock(NOON),
    userAgent: 'lynceus/test',
  });
});

afterAll(async () => {
  kube.close();
  await standIn.stop();
  removeFolder(folder);
});

beforeEach(() => {
  standIn.setRules(undefined);
  for (const { metadata } of standIn.objects.list(ROLLOUTS))
    standIn.objects.delete(ROLLOUTS, metadata?.namespace ?? '', metadata?.name ?? '');
});

/** For each kind of check how it may be asked: a new one cannot be left out. */
const KINDS: Readonly<Record<CheckQuestion['kind'], Kind>> = {
  prometheus: {
    isReplayable: true,
    async ask(answer) {
      const { url } = await serve(({ body }, response) => {
        const isOurs = new URLSearchParams(body).get('query') === 'errors{app="shop"}';
        if (answer === 'silent') return;
        if (answer === 'refused') return void response.writeHead(401).end();
        const value = { metric: {}, value: [0, answer === 'bad' ? '1' : '0'] };
        json(response, {
          status: 'success',
          data: { resultType: 'vector', result: answer === 'nothing' || !isOurs ? [] : [value] },
        });
      });
      return aQuery({ url, query: 'errors{app="{{application}}"}', successWhen: '< 0.5' });
    },
  },
  http: {
    isReplayable: false,
    async ask(answer) {
      const { url } = await serve(({ path }, response) => {
        if (answer === 'silent') return;
        if (answer === 'refused') return void response.writeHead(429).end();
        json(response, answer === 'nothing' || path !== '/shop' ? {} : { ok: answer === 'good' });
      });
      const answered = { path: '$.ok', successWhen: '== true' };
      return {
        kind: 'http',
        url: `${url}/{{application}}`,
        statuses: [200],
        json: answered,
        timeout: 10_000,
      };
    },
  },
  analysis: {
    isReplayable: false,
    async ask(answer) {
      if (answer === 'refused') standIn.setRules([]);
      if (answer === 'silent')
        standIn.inject({
          match: { resource: 'rollouts' },
          fault: { kind: 'hold', until: new Promise(() => undefined) },
        });
      if (answer !== 'nothing')
        standIn.objects.put(ROLLOUTS, {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Rollout',
          metadata: { name: 'shop', namespace: 'shop' },
          status: { phase: answer === 'good' ? 'Healthy' : 'Degraded' },
        });
      return await Promise.resolve({ kind: 'analysis', resource: 'rollout', name: '{{application}}' });
    },
  },
};

type Counted = Parameters<Observer['checkMeasured']>[0];

describe.each(Object.entries(KINDS))('a check of the kind %s', (kind, { ask, isReplayable }) => {
  async function measure(answer: Answer, name = 'shop'): Promise<Measurement> {
    const checks = theChecks({}, { kube: async () => await Promise.resolve(kube) });
    const subject = aSubject({ application: { namespace: 'argocd', name } });
    return await checks.measure(aCheck(await ask(answer)), subject, NOON, NEVER);
  }

  it.each<[Answer, Measurement['kind']]>([
    ['good', 'success'],
    ['bad', 'failure'],
    ['nothing', 'inconclusive'],
    ['refused', 'inconclusive'],
  ])('finds what is %s', async (answer, expected) => {
    const found = await measure(answer);
    expect(found).toMatchObject({ kind: expected, at: NOON });
    expect(found.detail).toMatch(/^\P{Cc}+$/u);
    if (answer === 'refused') expect(found).toMatchObject({ isUnasked: true });
  });

  it('is counted by its name', async () => {
    const counted: Counted[] = [];
    const observer = { checkMeasured: (event: Counted) => void counted.push(event) };
    for (const answer of ['good', 'bad', 'refused'] as const) {
      const checks = theChecks({}, { kube: async () => await Promise.resolve(kube), observer });
      await checks.measure(aCheck(await ask(answer), 'slo'), aSubject(), NOON, NEVER);
    }
    expect(counted).toEqual(['success', 'failure', 'no-answer'].map((result) => ({ check: 'slo', result })));
  });

  it('says nothing of its neighbours', async () => {
    expect(await measure('bad', 'other')).toMatchObject({ kind: 'inconclusive' });
  });

  it('takes a missing value for no answer, and shows no question', async () => {
    const checks = theChecks({}, { kube: async () => await Promise.resolve(kube) });
    const check = aCheck(await ask('good'));
    const nobody = aSubject({ application: { namespace: 'argocd', name: '' } });
    expect(await checks.measure(check, nobody, NOON, NEVER)).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: 'there is no value for {{application}}',
    });
    expect(() => checks.questionsOf(check, nobody, NOON)).toThrow('there is no value for {{application}}');
    expect(checks.questionsOf(check, aSubject(), NOON)).toEqual([expect.stringContaining('shop')]);
  });

  it('ends at once when it is stopped, and asks nothing when it was before', async () => {
    const checks = theChecks({}, { kube: async () => await Promise.resolve(kube) });
    const check = aCheck(await ask('silent'));
    const stop = new AbortController();
    const measuring = errorOf(checks.measure(check, aSubject(), NOON, stop.signal));
    setImmediate(() => stop.abort());
    expect(await measuring).toMatchObject({ code: 'aborted' });
    expect(await errorOf(checks.measure(check, aSubject(), NOON, AbortSignal.abort()))).toMatchObject({
      code: 'aborted',
    });
  });

  it('is replayable or not, as its kind says', async () => {
    expect(theChecks().isReplayable(aCheck(await ask('good')))).toBe(isReplayable);
    expect(kind).toBe((await ask('good')).kind);
  });
});
