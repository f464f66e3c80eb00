import { describe, expect, test } from 'vitest';
import { withDigest } from '../../../src/core/gates/bind-digest.ts';
import type { AgeAnswer } from '../../../src/core/gates/age-answer.ts';
import { bindsDigest, digestGatesOf, gatesOf, judgeAnswer } from '../../../src/core/gates/gates.ts';
import type { SignatureFinding } from '../../../src/core/gates/signature-finding.ts';
import { signaturePoliciesOf } from '../../../src/core/gates/configured-policy.ts';
import type { ImageSlot, PresentImage } from '../../../src/core/policy.ts';
import { parseValueTemplate } from '../../../src/core/value-template.ts';
import { takesDigest } from '../../../src/core/written-image.ts';
import type { WindowAnswer } from '../../../src/core/windows/update-window.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aDigest, aTracked } from '../../helpers/policies.ts';

const CANDIDATE = { tag: '1.4.2', digest: aDigest('1.4.2') };
const KEY = { namespace: 'shop', name: 'cosign', field: 'cosign.pub' };
const SIGNED = aTracked({ verification: { secret: KEY } }).policy;
const [OWN] = signaturePoliciesOf(SIGNED);
const FLAWS = [{ kind: 'other-key' }] as const;

describe('gates', () => {
  test('stand only before images whose policy asks for them', () => {
    expect(gatesOf(SIGNED)).toEqual(['signature']);
    expect(gatesOf(aTracked({ minimumAge: 1 }).policy)).toEqual(['minimum-age']);
    expect(gatesOf({ ...SIGNED, minimumAge: 1 })).toEqual(['minimum-age', 'signature']);
    expect(gatesOf(aTracked({ minimumAge: 0 }).policy)).toEqual([]);
    expect(gatesOf(aTracked().policy)).toEqual([]);
  });

  test('ask for the window last, and for no digest with it', () => {
    const both = { ...SIGNED, windows: { configured: [], annotated: [] } };
    expect(gatesOf(both)).toEqual(['signature', 'window']);
    expect(digestGatesOf(both)).toEqual(['signature']);
  });

  const WINDOW = { kind: 'allow', schedule: '0 9 * * *', duration: 3_600_000, timeZone: 'UTC' } as const;
  const GROUPS = [{ from: { kind: 'configuration' }, windows: [WINDOW] }] as const;
  const NINE = Date.parse('2026-11-30T09:00:00Z');

  test.each<[string, WindowAnswer | LynceusError, object]>([
    ['inside', { now: NINE, groups: GROUPS }, { kind: 'pass' }],
    [
      'outside',
      { now: NINE - 1, groups: GROUPS },
      {
        kind: 'held',
        why: {
          code: 'outside-window',
          facts: {
            candidate: { tag: '1.4.2', digest: undefined },
            from: { kind: 'configuration' },
            window: WINDOW,
            opensAt: NINE,
          },
        },
      },
    ],
    ['without a window', { now: NINE, groups: [] }, { kind: 'pass' }],
    [
      'with AppProjects that cannot be read',
      new LynceusError('project-denied', 'gone'),
      { kind: 'held', why: { code: 'gate-unavailable', facts: { gate: 'window' } } },
    ],
  ])('%s of a window', (_, answer, expected) => {
    const policy = { ...aTracked().policy, windows: { configured: [], annotated: [] } };
    const candidate = { tag: '1.4.2', digest: undefined };
    expect(judgeAnswer('window', candidate, { answer, policy })).toMatchObject(expected);
  });

  test.each<[SignatureFinding | LynceusError, string, string | undefined]>([
    [{ kind: 'signed' }, 'pass', undefined],
    [{ kind: 'unsigned', flaws: [] }, 'turned-away', 'signature-missing'],
    [{ kind: 'unfit', flaws: FLAWS }, 'turned-away', 'signature-invalid'],
    [new LynceusError('registry-unreachable', 'gone'), 'held', 'gate-unavailable'],
    [new LynceusError('signature-key-invalid', 'no key'), 'held', 'gate-unavailable'],
    [new LynceusError('internal', 'a defect'), 'held', 'gate-unavailable'],
  ])('%j: %s %s', (found, kind, code) => {
    if (OWN === undefined) throw new Error('there is no policy');
    const answer = found instanceof Error ? found : { policy: OWN, finding: found };
    const judgement = judgeAnswer('signature', CANDIDATE, { answer, policy: SIGNED });
    expect(judgement.kind).toBe(kind);
    expect('why' in judgement ? judgement.why.code : undefined).toBe(code);
    if ('why' in judgement) expect(judgement.why.facts.candidate).toEqual(CANDIDATE);
  });
});

describe('the age of a version', () => {
  const { policy } = aTracked({ minimumAge: 100 });

  test.each<[AgeAnswer | LynceusError, string, string | undefined]>([
    [{ kind: 'known', since: 900, clock: 'ours', now: 1_000 }, 'pass', undefined],
    [{ kind: 'known', since: 901, clock: 'ours', now: 1_000 }, 'turned-away', 'too-young'],
    [{ kind: 'known', since: 2_000, clock: 'registry', now: 1_000 }, 'turned-away', 'too-young'],
    [{ kind: 'unknown' }, 'held', 'age-unknown'],
    [new LynceusError('registry-unreachable', 'gone'), 'held', 'gate-unavailable'],
  ])('%j: %s %s', (answer, kind, code) => {
    const judgement = judgeAnswer('minimum-age', CANDIDATE, { answer, policy });
    expect(judgement.kind).toBe(kind);
    expect('why' in judgement ? judgement.why.code : undefined).toBe(code);
    if ('why' in judgement) expect(judgement.why.facts.candidate).toEqual(CANDIDATE);
  });

  test('lets no digest be written that was not asked for, and a signature does', () => {
    expect(bindsDigest(policy)).toBe(false);
    expect(bindsDigest({ ...SIGNED, minimumAge: 1 })).toBe(true);
  });
});

const PARTS = { kind: 'helm-parts', name: key('image.name'), tag: key('image.tag') } as const;
const SPEC = { kind: 'helm-spec', spec: key('image') } as const;

function key(path: string) {
  return { path, explicit: true };
}

function present(changes: Partial<PresentImage>): PresentImage {
  return { name: undefined, tag: '1.0.0', digest: undefined, ...changes };
}

describe('a digest can be written', () => {
  test.each<[string, ImageSlot, PresentImage | undefined, boolean]>([
    ['behind a tag', PARTS, undefined, true],
    ['behind a reference', SPEC, undefined, true],
    ['to a key of its own', { ...PARTS, digest: key('image.digest') }, undefined, true],
    [
      'where a template has it',
      { ...PARTS, template: parseValueTemplate('v-{tag}@{digest}') },
      undefined,
      true,
    ],
    [
      'not where a template lacks it',
      { ...PARTS, template: parseValueTemplate('v-{tag}') },
      undefined,
      false,
    ],
    [
      'not where the template of a reference lacks it',
      { ...SPEC, template: parseValueTemplate('{name}:{tag}') },
      undefined,
      false,
    ],
    [
      'not where one of several keys has a template without it',
      { ...PARTS, others: [{ ...SPEC, template: parseValueTemplate('{name}:{tag}') }] },
      undefined,
      false,
    ],
    ['into a kustomization', { kind: 'kustomize', name: 'api', renamed: false }, undefined, true],
    ['into variables', { kind: 'plugin', name: undefined, tag: 'TAG', spec: undefined }, undefined, true],
    ['to marked values', { kind: 'markers', names: ['shop/api'] }, present({}), true],
    [
      'not where only tags are marked',
      { kind: 'markers', names: ['shop/api'] },
      present({ noDigest: true }),
      false,
    ],
  ])('%s', (_, slot, now, expected) => {
    expect(takesDigest(slot, now)).toBe(expected);
  });

  test('and then is in the version and in its reason', () => {
    const to = { tag: '1.4.2', digest: undefined };
    const facts = { chosen: to, strategy: { kind: 'semver', constraint: '' }, considered: 1 } as const;
    const update = { outcome: 'update', code: 'first-write', facts, to, labels: {} } as const;
    expect(withDigest(update, CANDIDATE.digest)).toEqual({
      ...update,
      to: { ...CANDIDATE, pinned: true },
      facts: { ...facts, chosen: { ...CANDIDATE, pinned: true } },
    });
  });
});
