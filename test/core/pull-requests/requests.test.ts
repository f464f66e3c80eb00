import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import type { PlannedChange } from '../../../src/core/change.ts';
import {
  decideRequests,
  ofGroup,
  refusedBefore,
  type DesiredRequest,
} from '../../../src/core/pull-requests/decide-requests.ts';
import { describeRequest, withdrawnBody } from '../../../src/core/pull-requests/describe-request.ts';
import {
  markedChange,
  markerText,
  readMarker,
  sameProposal,
} from '../../../src/core/pull-requests/marker.ts';
import type { PullRequest } from '../../../src/core/pull-requests/request.ts';

const LIMITS = { title: 255, body: 65_536 };

function aChange(to: string, name = 'shop'): PlannedChange {
  const from = { name: undefined, tag: '1.0', digest: undefined };
  return {
    application: { namespace: 'argocd', name },
    alias: 'api',
    slot: { kind: 'helm-spec', spec: { path: 'image', explicit: true } },
    image: { registry: 'ghcr.io', name: 'acme/api', tag: undefined, digest: undefined },
    from,
    before: from,
    to: { tag: to, digest: undefined },
    labels: {},
  };
}

function textFor(...changes: readonly PlannedChange[]) {
  return describeRequest({ group: 'argocd/shop', message: 'update shop\n\nmore\n', changes, limits: LIMITS });
}

function aRequest(changes: Partial<PullRequest> = {}): PullRequest {
  return {
    number: 1,
    url: 'https://git.example/1',
    state: 'open',
    head: 'lynceus/main/shop',
    base: 'main',
    title: 'update shop',
    body: textFor(aChange('1.1')).body,
    isOurs: true,
    endedBy: undefined,
    autoMerge: false,
    ...changes,
  };
}

const WISH: DesiredRequest = { kind: 'propose', head: 'lynceus/main/shop', text: textFor(aChange('1.1')) };

describe('what becomes of the requests of a group', () => {
  const other = aRequest({ number: 2, head: 'upd-1.0' });
  const theirs = aRequest({ isOurs: false, body: textFor(aChange('1.2')).body });
  test.each<readonly [string, DesiredRequest, readonly PullRequest[], readonly string[]]>([
    ['none is there', WISH, [], ['open']],
    ['one says it', WISH, [aRequest()], ['keep 1']],
    ['one says it, retitled by a person', WISH, [aRequest({ title: 'mine' })], ['keep 1']],
    ['one says something else', WISH, [aRequest({ body: textFor(aChange('1.2')).body })], ['update 1']],
    ['one was made by hand', WISH, [aRequest({ body: 'please' })], ['update 1']],
    ['one is there for an older branch', WISH, [other], ['open', 'close 2 superseded']],
    ['one is there beside an older one', WISH, [other, aRequest()], ['keep 1', 'close 2 superseded']],
    [
      'nothing is wanted',
      { kind: 'nothing' },
      [aRequest(), other],
      ['close 1 nothing-left', 'close 2 nothing-left'],
    ],
    ['nobody knows', { kind: 'unknown' }, [aRequest()], []],
    ['somebody else opened it from our branch', WISH, [theirs], ['keep 1']],
    [
      'somebody else copied our marker',
      WISH,
      [aRequest({ number: 2, head: 'upd-1.0', isOurs: false }), aRequest()],
      ['keep 1'],
    ],
    [
      'nothing is wanted, and one is of somebody else',
      { kind: 'nothing' },
      [theirs, other],
      ['close 2 nothing-left'],
    ],
  ])('%s', (_, desired, open, steps) => {
    expect(
      decideRequests(desired, open).map((step) => {
        if (step.kind === 'open') return 'open';
        return `${step.kind} ${step.request.number}${step.kind === 'close' ? ` ${step.why}` : ''}`;
      }),
    ).toEqual(steps);
  });

  test('those of other groups are left alone', () => {
    const foreign = aRequest({ number: 3, head: 'feature', body: 'by a person' });
    const sibling = aRequest({
      number: 4,
      head: 'lynceus/main/cart',
      body: markerText({ group: 'argocd/cart', changes: [], withdrawn: false }),
    });
    const copied = aRequest({ number: 5, head: 'feature', isOurs: false });
    const wanted = { group: 'argocd/shop', head: 'lynceus/main/shop' };
    expect(ofGroup([foreign, sibling, copied, other, aRequest()], wanted)).toEqual([other, aRequest()]);
  });
});

describe('a version that a person refused', () => {
  const closed = aRequest({ state: 'closed', endedBy: 'jane' });
  test.each<readonly [string, PlannedChange, readonly PullRequest[], boolean]>([
    ['is not proposed again', aChange('1.1'), [closed], true],
    ['does not stand for another version', aChange('1.2'), [closed], false],
    ['does not stand for another Application', aChange('1.1', 'cart'), [closed], false],
    [
      'was not refused in a request that somebody else wrote',
      aChange('1.1'),
      [{ ...closed, isOurs: false }],
      false,
    ],
    ['was not refused when it was merged', aChange('1.1'), [aRequest({ state: 'merged' })], false],
    [
      'was not refused when we closed it',
      aChange('1.1'),
      [
        aRequest({
          state: 'closed',
          body: withdrawnBody(closed.body, textFor(aChange('1.1')).marker, 65_536),
        }),
      ],
      false,
    ],
    [
      'is remembered beside later requests',
      aChange('1.1'),
      [aRequest({ number: 9, state: 'merged', body: '' }), closed],
      true,
    ],
  ])('%s', (_, change, ended, refused) => {
    expect(refusedBefore(markedChange(change), ended) !== undefined).toBe(refused);
  });

  test('is told with its request and who closed it', () => {
    const facts = refusedBefore(markedChange(aChange('1.1')), [closed]);
    expect(facts && describeReason({ code: 'proposal-closed', facts })).toBe(
      'pull request https://git.example/1 with 1.1 was closed without merging by jane; another version is proposed again',
    );
  });
});

describe('the text of a request', () => {
  test('is the message, a table and the marker', () => {
    const { title, body } = textFor(aChange('1.1'));
    expect(title).toBe('update shop');
    expect(body.split('\n').slice(0, -1)).toEqual([
      'more',
      '',
      '| Application | Image | From | To |',
      '| --- | --- | --- | --- |',
      '| `argocd/shop` | `ghcr.io/acme/api` | `1.0` | `1.1` |',
      '',
    ]);
    expect(readMarker(body)).toEqual(textFor(aChange('1.1')).marker);
  });

  test('stays within the limits of the host, and keeps the marker', () => {
    const changes = Array.from({ length: 500 }, (_, index) => aChange('1.1', `app-${index}`));
    const message = `${'x'.repeat(400)}\n\n${'y'.repeat(5_000)}`;
    for (const body of [1_000, 4_000, 65_536]) {
      const text = describeRequest({ group: 'all', message, changes, limits: { title: 255, body } });
      expect(text.title).toHaveLength(255);
      expect(text.body.length).toBeLessThanOrEqual(body);
      expect(readMarker(text.body)?.group).toBe('all');
    }
  });

  test('a label of an image is not taken for our marker', () => {
    const forged = markerText({ group: 'argocd/cart', changes: [], withdrawn: true });
    const message = `update\n\n${forged}\n`;
    const { body } = describeRequest({ group: 'argocd/shop', message, changes: [], limits: LIMITS });
    expect(readMarker(body)?.group).toBe('argocd/shop');
    expect(body.match(/<!--/g)).toHaveLength(1);
  });

  test('a marker says what went in, whatever that is, and is one comment', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const chosen = fc.record({ application: text, alias: text, image: text, from: text, to: text });
    const takenBack = fc.tuple(chosen, text).map(([change, check]) => ({ ...change, check }));
    const change = fc.oneof(chosen, takenBack);
    fc.assert(
      fc.property(text, fc.array(change), fc.boolean(), (group, changes, withdrawn) => {
        const marker = { group, changes, withdrawn };
        const written = markerText(marker);
        expect(written.slice(4, -3)).not.toMatch(/--|>/);
        expect(readMarker(`text\n\n${written}\n`)).toEqual(marker);
        expect(sameProposal(marker, { ...marker, changes: changes.toReversed() })).toBe(true);
      }),
    );
  });

  test('a request proposes the same when it is read again, also where its changes do not fit', () => {
    const counts = fc.integer({ min: 1, max: 120 });
    const limits = fc.integer({ min: 600, max: 8_000 });
    fc.assert(
      fc.property(counts, limits, fc.nat(), fc.boolean(), (count, body, pick, withdrawn) => {
        const changes = Array.from({ length: count }, (_, index) => aChange('1.1', `app-${index}`));
        const input = { group: 'all', message: 'update', limits: { title: 255, body } };
        const text = describeRequest({ ...input, changes });
        const read = readMarker(withdrawn ? withdrawnBody(text.body, text.marker, body) : text.body);
        expect(read && sameProposal(read, text.marker)).toBe(true);
        // Closed with the marker that was read, which may have fewer changes already.
        const again = read && readMarker(withdrawnBody(text.body, read, body / 2));
        expect(again && sameProposal(again, text.marker)).toBe(true);

        const altered = changes.with(pick % count, aChange('1.2', `app-${pick % count}`));
        for (const others of [altered, changes.slice(1), [...changes, aChange('1.1', 'more')]]) {
          const { marker } = describeRequest({ ...input, changes: others });
          expect(read && sameProposal(read, marker)).toBe(false);
        }
      }),
    );
  });

  test('many changes are kept as they are by a host with a low limit', () => {
    const rowsOf = (to: string) => [
      ...Array.from({ length: 60 }, (_, index) => aChange('1.1', `app-${index}`)),
      aChange(to, 'last'),
    ];
    const textOf = (to: string) =>
      describeRequest({
        group: 'all',
        message: 'update',
        changes: rowsOf(to),
        limits: { ...LIMITS, body: 4_000 },
      });
    const open = [aRequest({ body: textOf('1.1').body })];
    const stepsFor = (to: string) =>
      decideRequests({ kind: 'propose', head: 'lynceus/main/shop', text: textOf(to) }, open).map(
        ({ kind }) => kind,
      );
    expect(stepsFor('1.1')).toEqual(['keep']);
    expect(stepsFor('1.2')).toEqual(['update']);
  });

  test.each([1, '', 'abc', 'g'.repeat(16), 'a'.repeat(17), `${'a'.repeat(16)}\n`, null, ['a'.repeat(16)]])(
    'what stands for all changes in a body is not %j',
    (of) => {
      const body = `<!-- lynceus ${JSON.stringify({ group: 'all', changes: [], of })} -->`;
      expect(readMarker(body)).toEqual({ group: 'all', changes: [], withdrawn: false });
    },
  );

  test.each([
    '',
    '<!-- lynceus',
    '<!-- lynceus {} -->',
    '<!-- lynceus [1] -->',
    '<!-- lynceus {"group":1,"changes":[]} -->',
  ])('there is no marker in %j', (body) => {
    expect(readMarker(body)).toBeUndefined();
  });
});
