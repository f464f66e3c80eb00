import { describe, expect, test } from 'vitest';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import type { ImageSelector } from '../../src/core/image-selector.ts';
import { judgeWindows } from '../../src/core/windows/judge-windows.ts';
import { parseWindows } from '../../src/core/windows/parse-windows.ts';
import { windowGroupsOf } from '../../src/core/windows/window-groups.ts';
import { policyOf, readWeb } from './an-application.ts';

const ALL = { projects: [], namespaces: [], applications: [], images: [] };
const NIGHT = 'allow 0 22 * * * 6h';
const NOON = 'deny 0 12 * * * 1h';

function configured(
  text: string,
  selector: Partial<ImageSelector> = {},
  syncWindows = false,
): Partial<PolicyContext> {
  const windows = parseWindows(text).map((window) => ({ ...window, ...ALL, ...selector }));
  return { windows: { windows, syncWindows } };
}

function windowsOf(
  annotations: Readonly<Record<string, string>>,
  context: Partial<PolicyContext> = {},
): readonly string[] | undefined {
  const { windows } = policyOf(readWeb(annotations, {}, context)).policy;
  return (
    windows &&
    [
      ...windows.configured.map((one) => [one, 'configured'] as const),
      ...windows.annotated.map((one) => [one, 'annotated'] as const),
    ].map(([{ kind, schedule }, by]) => `${by} ${kind} ${schedule}`)
  );
}

describe('the update windows of an image', () => {
  test.each<
    [string, Readonly<Record<string, string>>, Partial<PolicyContext>, readonly string[] | undefined]
  >([
    ['nothing', {}, {}, undefined],
    ['an empty configuration', {}, configured(''), undefined],
    ['a blank annotation', { 'update-windows': ' ' }, {}, undefined],
    ["the Application's annotation", { 'update-windows': NIGHT }, {}, ['annotated allow 0 22 * * *']],
    [
      "the image's annotation in place of it",
      { 'update-windows': NIGHT, 'web.update-windows': NOON },
      {},
      ['annotated deny 0 12 * * *'],
    ],
    ['the configuration', {}, configured(NIGHT), ['configured allow 0 22 * * *']],
    ['globs of its image', {}, configured(NIGHT, { images: ['acme/*'] }), ['configured allow 0 22 * * *']],
    ['globs of another image', {}, configured(NIGHT, { images: ['ghcr.io/acme/*'] }), undefined],
    ['globs of another project', {}, configured(NIGHT, { projects: ['team-*'] }), undefined],
    [
      'both, each for itself',
      { 'update-windows': NOON },
      configured(NIGHT),
      ['configured allow 0 22 * * *', 'annotated deny 0 12 * * *'],
    ],
  ])('are those of %s', (_, annotations, context, expected) => {
    expect(windowsOf(annotations, context)).toEqual(expected);
  });

  test.each<[string, string, string]>([
    ['opens at a time at which the configuration does not', NIGHT, 'allow 0 0 * * * 24h'],
    ['opens all the time', `${NIGHT}; ${NOON}`, 'allow * * * * * 1h'],
    ['denies nothing', NOON, 'deny 0 3 29 2 * 1m'],
    ['is blank', NIGHT, ''],
  ])('are no larger with an annotation that %s', (_, text, annotation) => {
    const hoursOpen = (annotations: Readonly<Record<string, string>>) => {
      const groups = windowGroupsOf(policyOf(readWeb(annotations, {}, configured(text))), { kind: 'none' });
      if (groups instanceof Error) throw groups;
      const hours = Array.from(
        { length: 48 },
        (_, hour) => Date.parse('2026-11-30T00:30:00Z') + hour * 3_600_000,
      );
      return hours.filter((now) => judgeWindows(groups, now).kind === 'open');
    };
    const [own, plain] = [hoursOpen({ 'update-windows': annotation }), hoursOpen({})];
    expect(plain.length).toBeGreaterThan(0);
    expect(own.filter((hour) => !plain.includes(hour))).toEqual([]);
  });

  test("are not those of another image's annotation", () => {
    const list = { 'image-list': 'web=acme/web, base=acme/base', 'base.update-windows': NOON };
    const { images } = readWeb(list);
    expect(images.map(({ policy }) => policy.windows?.annotated.length)).toEqual([undefined, 1]);
  });

  test('have where the Application is deployed when sync windows count', () => {
    const destination = { server: '', name: 'in-cluster', namespace: 'shop' };
    const context = configured('', {}, true);
    expect(policyOf(readWeb({}, { destination }, context)).policy.windows).toEqual({
      configured: [],
      annotated: [],
      syncedTo: destination,
    });
    expect(policyOf(readWeb({}, {}, context)).policy.windows?.syncedTo).toEqual({
      server: '',
      name: '',
      namespace: '',
    });
  });

  test('of another form are a problem of the image', () => {
    const { images, problems } = readWeb({ 'web.update-windows': 'allow 0 9 * * 1-5' });
    expect(images).toEqual([]);
    expect(problems).toMatchObject([
      {
        alias: 'web',
        code: 'annotation-invalid',
        key: expect.stringContaining('web.update-windows') as string,
      },
    ]);
  });
});
