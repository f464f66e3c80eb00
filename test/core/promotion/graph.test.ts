import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parseUpstreams } from '../../../src/argocd/read-promotion.ts';
import { findRings } from '../../../src/core/promotion/find-rings.ts';
import { promotionGraph, promotionRules } from '../../../src/core/promotion/graph.ts';
import { imageText } from '../../../src/core/promotion/promotion-faults.ts';
import type { PromotionPolicy } from '../../../src/core/promotion/promotion-policy.ts';
import { parseImageReference, repositoryOf } from '../../../src/core/image/reference.ts';
import type { TrackedImage } from '../../../src/core/policy.ts';
import { aRequester, aTracked } from '../../helpers/policies.ts';
import { aRule } from '../permissions/a-rule.ts';

interface Node {
  readonly name: string;
  readonly from?: string;
  readonly alias?: string;
  readonly image?: string;
  readonly namespace?: string;
  readonly project?: string;
  readonly by?: PromotionPolicy['by'];
}

function node({
  name,
  from,
  alias = 'api',
  image = 'acme/api',
  namespace = 'argocd',
  project = 'default',
  by = 'tag',
}: Node): TrackedImage {
  const reference = parseImageReference(image);
  return aTracked({
    application: { namespace, name },
    alias,
    image,
    repository: repositoryOf(reference, 'docker.io'),
    requester: aRequester({ namespace, project }),
    ...(from === undefined
      ? {}
      : {
          promotion: {
            from: parseUpstreams(from),
            when: 'healthy',
            after: 0,
            by,
            approval: 'none',
            key: 'promote-from',
          },
        }),
  });
}

const OPEN = { rules: [], enforced: false };
const FENCED = { rules: [], enforced: true };

function ofLast(nodes: readonly Node[], fence: Parameters<typeof promotionGraph>[1] = OPEN) {
  const images = nodes.map(node);
  const graph = promotionGraph(images, fence);
  const last = images.at(-1);
  if (last === undefined) throw new Error('no image');
  const fault = graph.faults.get(last);
  return {
    upstreams: graph.upstreamsOf(last).map(imageText),
    fault: fault && `${fault.kind}: ${fault.error.line}`,
  };
}

const DEV: Node = { name: 'dev' };

describe('an upstream is found', () => {
  test.each<[string, readonly Node[], readonly string[]]>([
    ['by namespace and name', [DEV, { name: 'prod', from: 'argocd/dev' }], ['argocd/dev/api']],
    ['by its name alone, in the own namespace', [DEV, { name: 'prod', from: 'dev' }], ['argocd/dev/api']],
    [
      'with its alias',
      [DEV, { ...DEV, alias: 'web', image: 'acme/web' }, { name: 'prod', from: 'argocd/dev/api' }],
      ['argocd/dev/api'],
    ],
    [
      'with an alias that has a slash',
      [
        { ...DEV, alias: 'shop/api' },
        { name: 'prod', from: 'argocd/dev/shop/api' },
      ],
      ['argocd/dev/shop/api'],
    ],
    [
      'as the same image among several',
      [
        { ...DEV, alias: 'x', image: 'acme/web' },
        { ...DEV, alias: 'y' },
        { name: 'prod', from: 'argocd/dev' },
      ],
      ['argocd/dev/y'],
    ],
    [
      'as a mirror with the same last name',
      [
        { ...DEV, image: 'dev.example/team/api' },
        { name: 'prod', from: 'argocd/dev', image: 'prod.example/api' },
      ],
      ['argocd/dev/api'],
    ],
    [
      'as a copy under another name, by digest',
      [
        { ...DEV, image: 'acme/api-dev' },
        { name: 'prod', from: 'argocd/dev', by: 'digest' },
      ],
      ['argocd/dev/api'],
    ],
    [
      'in two Applications',
      [DEV, { name: 'qa' }, { name: 'prod', from: 'argocd/qa, argocd/dev' }],
      ['argocd/qa/api', 'argocd/dev/api'],
    ],
    [
      'by the alias, of two with one repository',
      [
        { ...DEV, alias: 'one' },
        { ...DEV, alias: 'api' },
        { name: 'prod', from: 'argocd/dev' },
      ],
      ['argocd/dev/api'],
    ],
    [
      'in another namespace while nothing is fenced',
      [
        { ...DEV, namespace: 'team' },
        { name: 'prod', from: 'team/dev' },
      ],
      ['team/dev/api'],
    ],
  ])('%s', (_, nodes, expected) => {
    expect(ofLast(nodes)).toEqual({ upstreams: expected, fault: undefined });
  });
});

describe('an upstream that cannot be one is a fault of the image that names it', () => {
  test.each<[string, readonly Node[], string]>([
    [
      'unknown',
      [DEV, { name: 'prod', from: 'argocd/dve' }],
      'missing: there is no Application "argocd/dve" of which an image is kept up to date (did you mean argocd/dev?)',
    ],
    [
      'no such alias',
      [DEV, { name: 'prod', from: 'argocd/dev/web' }],
      'unclear: there is no image "web" of "dev", which has api',
    ],
    [
      'several images',
      [
        { ...DEV, alias: 'a' },
        { ...DEV, alias: 'b' },
        { name: 'prod', from: 'argocd/dev' },
      ],
      'unclear: "argocd/dev" does not tell which of its images is meant: it has a, b',
    ],
    [
      'another image',
      [
        { ...DEV, image: 'acme/web' },
        { name: 'prod', from: 'argocd/dev' },
      ],
      'other-image: "argocd/dev" deploys acme/web, which is not the image acme/api',
    ],
    [
      'itself',
      [{ name: 'prod', from: 'argocd/prod' }],
      'ring: it is promoted from itself (name another Application)',
    ],
    [
      'a ring of two',
      [
        { name: 'a', from: 'argocd/b' },
        { name: 'b', from: 'argocd/a' },
      ],
      'ring: it is promoted from itself through others: argocd/b/api from argocd/a/api from argocd/b/api',
    ],
  ])('%s', (_, nodes, expected) => {
    const { upstreams, fault } = ofLast(nodes);
    expect(upstreams).toEqual([]);
    expect(fault).toContain(expected);
  });

  test('and the images beside it are not concerned', () => {
    const images = [
      DEV,
      { name: 'good', from: 'argocd/dev' },
      { name: 'ring', from: 'argocd/ring' },
      { name: 'after', from: 'argocd/ring' },
    ].map(node);
    const graph = promotionGraph(images, OPEN);
    expect([...graph.faults.keys()].map(imageText)).toEqual(['argocd/ring/api']);
    expect([...graph.upstreams.values()].map(imageText)).toEqual(['argocd/dev/api', 'argocd/ring/api']);
  });
});

describe('behind the fence', () => {
  const other: Node = { ...DEV, project: 'other' };
  const rule = aRule({ applications: ['prod'], promoteFrom: ['*/dev'] });
  test.each<[string, readonly Node[], Parameters<typeof promotionGraph>[1], string | undefined]>([
    [
      'the own AppProject and namespace are open',
      [DEV, { name: 'prod', from: 'argocd/dev' }],
      FENCED,
      undefined,
    ],
    [
      'another namespace is not',
      [
        { ...DEV, namespace: 'team' },
        { name: 'prod', from: 'team/dev' },
      ],
      FENCED,
      'denied: may not be promoted from "team/dev", which is in another namespace (an administrator may allow it with a rule of permissions.rules: {projects: [default], namespaces: [argocd], applications: [prod], promoteFrom: [team/dev]})',
    ],
    [
      'nor another AppProject',
      [other, { name: 'prod', from: 'argocd/dev' }],
      FENCED,
      'missing: there is no Application "argocd/dev" in the AppProject "default" of which an image is kept up to date',
    ],
    [
      'a rule opens it',
      [other, { name: 'prod', from: 'argocd/dev' }],
      { rules: [rule], enforced: true },
      undefined,
    ],
    [
      'a rule opens another namespace',
      [
        { ...DEV, namespace: 'team' },
        { name: 'prod', from: 'team/dev' },
      ],
      { rules: [rule], enforced: true },
      undefined,
    ],
    [
      'a rule for others does not',
      [other, { name: 'stage', from: 'argocd/dev' }],
      { rules: [rule], enforced: true },
      'missing: ',
    ],
  ])('%s', (_, nodes, fence, expected) => {
    const { fault } = ofLast(nodes, fence);
    if (expected === undefined) expect(fault).toBeUndefined();
    else expect(fault).toContain(expected);
  });

  test('nothing is told of what is foreign, not even whether it is there', () => {
    const asked = { name: 'prod', from: 'argocd/dev' };
    expect(ofLast([other, asked], FENCED)).toEqual(ofLast([asked], FENCED));
    const elsewhere = { name: 'prod', from: 'team/dev' };
    expect(ofLast([{ ...DEV, namespace: 'team' }, elsewhere], FENCED)).toEqual(ofLast([elsewhere], FENCED));
  });

  test('the rules that are needed are told', () => {
    const images = [other, DEV, { name: 'prod', from: 'argocd/dev', project: 'prod' }].map(node);
    expect(promotionRules(images.slice(1), { rules: [] })).toEqual([
      { projects: ['prod'], namespaces: ['argocd'], applications: ['prod'], promoteFrom: ['argocd/dev'] },
    ]);
    expect(promotionRules(images.slice(1), { rules: [aRule({ promoteFrom: ['argocd/*'] })] })).toEqual([]);
  });
});

describe('findRings', () => {
  const links = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 });
  test('finds just the nodes that lead back to themselves', () => {
    fc.assert(
      fc.property(links, (pairs) => {
        const to = new Map(
          Array.from({ length: 8 }, (_, from) => [from, pairs.flatMap(([a, b]) => (a === from ? [b] : []))]),
        );
        const reach = (start: number) => {
          const seen = new Set<number>();
          const open = [...(to.get(start) ?? [])];
          for (let at = open.pop(); at !== undefined; at = open.pop()) {
            if (seen.has(at)) continue;
            seen.add(at);
            open.push(...(to.get(at) ?? []));
          }
          return seen;
        };
        const expected = [...to.keys()].filter((one) => reach(one).has(one));
        expect(
          findRings(to)
            .flat()
            .toSorted((a, b) => a - b),
        ).toEqual(expected);
        for (const ring of findRings(to))
          for (const one of ring) for (const two of ring) expect(reach(one).has(two)).toBe(true);
      }),
    );
  });

  test('a ring of 5,000 is found in a moment', () => {
    const size = 5_000;
    const ring = new Map(Array.from({ length: size }, (_, at) => [at, [(at + 1) % size]]));
    expect(findRings(ring).map((one) => one.length)).toEqual([size]);
    const images = Array.from({ length: 1_000 }, (_, at) =>
      node({ name: `a${at}`, from: `argocd/a${(at + 1) % 1_000}` }),
    );
    const { faults } = promotionGraph(images, OPEN);
    expect(faults.size).toBe(1_000);
    expect([...faults.values()][0]?.error.line.length).toBeLessThan(400);
  });
});
