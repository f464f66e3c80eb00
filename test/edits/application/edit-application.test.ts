import { describe, expect, test } from 'vitest';
import { editApplication, type ApplicationTarget } from '../../../src/edits/application/edit-application.ts';
import { applyJsonPatch } from '../../helpers/kube-stand-in/patches.ts';
import {
  aChange,
  anApplication,
  HELM,
  KUSTOMIZE,
  kustomizeOf,
  PARTS,
  partsOf,
  PLUGIN,
  pluginOf,
  specOf,
} from './changes.ts';
import type { ChangeInput } from './changes.ts';
import { EDIT_ROWS, inShort } from './edit-rows.ts';

const AT_SECOND: ApplicationTarget = { ...HELM, at: 'spec.sources[1]' };
const HYDRATED: ApplicationTarget = { ...HELM, at: 'spec.sourceHydrator.drySource' };

describe('what is changed in an Application', () => {
  test.each(EDIT_ROWS)('$title', ({ target, source, change, after, patch }) => {
    const application = anApplication(source);

    const edit = editApplication(application, target, [aChange(change)]);

    expect(edit.refused).toEqual([]);
    expect(edit.patch.map(inShort)).toEqual(patch);
    expect(applyJsonPatch(application, edit.patch)).toEqual(anApplication(after ?? source));
    expect(edit.already).toBe(after === undefined ? 1 : 0);
  });

  test.each(EDIT_ROWS)('made once more, nothing is left to do: $title', ({ target, source, change }) => {
    const once = applyJsonPatch(
      anApplication(source),
      editApplication(anApplication(source), target, [aChange(change)]).patch,
    );

    expect(editApplication(once, target, [aChange(change)])).toMatchObject({
      patch: [],
      refused: [],
      already: 1,
    });
  });

  test('of several sources only the chosen one is written', () => {
    const sources = [{ ref: 'values' }, { chart: 'shop', helm: { parameters: [] } }, { path: 'x' }];
    const application = anApplication(undefined, { sources });

    const { patch } = editApplication(application, AT_SECOND, [aChange({ slot: specOf('image') })]);

    expect(patch.map(inShort)).toEqual(['add /spec/sources/1/helm/parameters/-']);
  });

  test('the dry source of a hydrator is written', () => {
    const application = anApplication({ helm: {} }, { sourceHydrator: { drySource: { path: 'x' } } });

    const { patch } = editApplication(application, HYDRATED, [aChange({ slot: specOf('image') })]);

    expect(patch.map(inShort)).toEqual(['add /spec/sourceHydrator/drySource/helm']);
  });

  test('several images make one patch', () => {
    const changes = [
      aChange({ slot: specOf('web'), alias: 'web', image: 'acme/web' }),
      aChange({ slot: specOf('job'), alias: 'job', image: 'acme/job', to: '7' }),
    ];

    const application = anApplication({ helm: { parameters: [{ name: 'debug', value: 'true' }] } });
    const { patch, list } = editApplication(application, HELM, changes);

    expect(patch).toEqual([
      {
        op: 'add',
        path: '/spec/source/helm/parameters/-',
        value: { name: 'web', value: 'acme/web:2.0', forceString: true },
      },
      {
        op: 'add',
        path: '/spec/source/helm/parameters/-',
        value: { name: 'job', value: 'acme/job:7', forceString: true },
      },
    ]);
    expect(list.path).toBe('spec.source.helm.parameters');
    expect(list.after[0]).toBe(list.before[0]);
    expect(list.after).toHaveLength(3);
  });

  test('keys with a slash or a tilde are values, never parts of a path', () => {
    const { patch } = editApplication(anApplication({}), HELM, [aChange({ slot: specOf('a/b~c') })]);

    expect(patch.map(inShort)).toEqual(['add /spec/source/helm']);
  });
});

interface RefusedRow {
  readonly title: string;
  readonly target?: ApplicationTarget;
  readonly source?: unknown;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly change: ChangeInput;
  readonly code: string;
  readonly message: RegExp;
}

const NAMED = (value: unknown) => ({ helm: { parameters: [{ name: 'image', value }] } });
const SPEC = specOf('image');

const REFUSED: readonly RefusedRow[] = [
  {
    title: 'another version than at the decision',
    source: NAMED('ghcr.io/acme/api:1.5'),
    change: { slot: SPEC, from: 'ghcr.io/acme/api:1.0' },
    code: 'changed-meanwhile',
    message:
      /^spec\.source\.helm\.parameters had ghcr\.io\/acme\/api:1\.0 when it was read, and now has ghcr\.io\/acme\/api:1\.5$/,
  },
  {
    title: 'a version where there was none',
    source: NAMED('ghcr.io/acme/api:1.5'),
    change: { slot: SPEC },
    code: 'changed-meanwhile',
    message: /had nothing .* now has ghcr.io\/acme\/api:1.5/,
  },
  {
    title: 'nothing where there was a version',
    source: { helm: {} },
    change: { slot: SPEC, from: 'ghcr.io/acme/api:1.0' },
    code: 'changed-meanwhile',
    message: /now has nothing/,
  },
  {
    title: 'a source that is gone',
    target: AT_SECOND,
    spec: { sources: [{ helm: {} }] },
    change: { slot: SPEC },
    code: 'changed-meanwhile',
    message: /^spec\.sources\[1\] is not, or no longer,/,
  },
  {
    title: 'a source that is not read any more, because there are several',
    source: { helm: {} },
    spec: { sources: [{ path: 'a' }, { path: 'b' }] },
    change: { slot: SPEC },
    code: 'changed-meanwhile',
    message: /^spec\.source is not/,
  },
  {
    title: 'a source that is not read any more, because there is a hydrator',
    source: { helm: {} },
    spec: { sourceHydrator: { drySource: {} } },
    change: { slot: SPEC },
    code: 'changed-meanwhile',
    message: /^spec\.source is not/,
  },
  {
    title: 'a hydrator that is gone',
    target: HYDRATED,
    source: { helm: {} },
    change: { slot: SPEC },
    code: 'changed-meanwhile',
    message: /^spec\.sourceHydrator\.drySource is not/,
  },
  {
    title: 'no source at all',
    change: { slot: SPEC },
    code: 'changed-meanwhile',
    message: /^spec\.source is not/,
  },
  {
    title: 'a block that would be the second type of the source',
    source: { kustomize: {} },
    change: { slot: SPEC },
    code: 'target-unsupported',
    message: /has a kustomize block, and Argo CD refuses a source that has a helm block as well/,
  },
  {
    title: 'a plain directory',
    target: KUSTOMIZE,
    source: { directory: { recurse: true } },
    change: { slot: kustomizeOf('x') },
    code: 'target-unsupported',
    message: /has a directory block/,
  },
  {
    title: 'two Kustomize entries for one image',
    target: KUSTOMIZE,
    source: { kustomize: { images: ['nginx:1.0', 'acme/x:1', 'docker.io/library/nginx:1.0'] } },
    change: { slot: kustomizeOf('nginx'), image: 'nginx', from: 'nginx:1.0' },
    code: 'target-ambiguous',
    message: /^expected one entry for nginx, found spec\.source\.kustomize\.images\[0\] and \[2\]$/,
  },
  {
    title: 'an image that is described for another kind of source',
    target: KUSTOMIZE,
    source: { kustomize: {} },
    change: { slot: PARTS },
    code: 'target-unsupported',
    message: /spec\.source\.kustomize: an image described for helm-parts/,
  },
  {
    title: 'a block that is none',
    source: { helm: 'x' },
    change: { slot: SPEC },
    code: 'application-invalid',
    message: /^expected a block at spec\.source\.helm$/,
  },
  {
    title: 'a list that is none',
    source: { helm: { parameters: {} } },
    change: { slot: SPEC },
    code: 'application-invalid',
    message: /^expected a list at spec\.source\.helm\.parameters$/,
  },
  {
    title: 'an entry without a name',
    source: { helm: { parameters: [{ value: 'x' }] } },
    change: { slot: SPEC },
    code: 'application-invalid',
    message: /^expected an entry with a name at spec\.source\.helm\.parameters\[0\]$/,
  },
  {
    title: 'a value that is a map',
    target: PLUGIN,
    source: {
      plugin: {
        env: [
          { name: 'a', value: 'b' },
          { name: 'TAG', value: {} },
        ],
      },
    },
    change: { slot: pluginOf({ tag: 'TAG' }) },
    code: 'application-invalid',
    message: /^expected a text at spec\.source\.plugin\.env\[1\]\.value$/,
  },
  {
    title: 'an image entry that is no text',
    target: KUSTOMIZE,
    source: { kustomize: { images: [1] } },
    change: { slot: kustomizeOf('x') },
    code: 'application-invalid',
    message: /^expected a text at spec\.source\.kustomize\.images\[0\]$/,
  },
  {
    title: 'an empty tag',
    source: {},
    change: { slot: SPEC, to: '' },
    code: 'edit-unsafe',
    message: /expected a tag/,
  },
];

describe('what is refused, and leaves the Application alone', () => {
  test.each(REFUSED)('$title', ({ target = HELM, source, spec, change, code, message }) => {
    const planned = aChange(change);

    const edit = editApplication(anApplication(source, spec), target, [planned]);

    expect(edit.patch).toEqual([]);
    expect(edit.refused).toEqual([{ change: planned, error: expect.objectContaining({ code }) }]);
    expect(edit.refused[0]?.error.message).toMatch(message);
  });

  test.each([undefined, null, 7, 'text', [], { spec: null }, { spec: { sources: 'x' } }])(
    '%j, which is no Application',
    (value) => {
      const edit = editApplication(value, HELM, [aChange({ slot: SPEC })]);

      expect(edit).toMatchObject({ patch: [], refused: [{ error: { code: 'changed-meanwhile' } }] });
    },
  );

  test('one image, while another is written', () => {
    const changes = [
      aChange({ slot: specOf('web'), alias: 'web', image: 'acme/web', from: 'acme/web:1.0' }),
      aChange({ slot: specOf('job'), alias: 'job', image: 'acme/job', from: 'acme/job:1.0' }),
    ];
    const parameters = [
      { name: 'web', value: 'acme/web:1.9' },
      { name: 'job', value: 'acme/job:1.0' },
    ];

    const edit = editApplication(anApplication({ helm: { parameters } }), HELM, changes);

    expect(edit.refused.map(({ change }) => change.alias)).toEqual(['web']);
    expect(edit.patch.map(inShort)).toContain('add /spec/source/helm/parameters/1/value');
  });

  test('both of two images that want different texts in one entry', () => {
    const changes = [
      aChange({ slot: partsOf('name', 'a.tag'), alias: 'a', image: 'acme/a' }),
      aChange({ slot: partsOf('name', 'b.tag'), alias: 'b', image: 'acme/b' }),
      aChange({ slot: specOf('c'), alias: 'c', image: 'acme/c' }),
    ];

    const edit = editApplication(anApplication({}), HELM, changes);

    expect(edit.refused.map(({ change, error }) => [change.alias, error.code])).toEqual([
      ['a', 'conflicting-changes'],
      ['b', 'conflicting-changes'],
    ]);
    expect(edit.list.after).toEqual([{ name: 'c', value: 'acme/c:2.0', forceString: true }]);
  });

  test('both of two images that are one entry, found from its two sides', () => {
    const source = { kustomize: { images: ['base=acme/api:1.0'] } };
    const changes = [
      aChange({ slot: kustomizeOf('acme/api'), image: 'acme/api', from: 'acme/api:1.0', to: '2.0' }),
      aChange({ slot: kustomizeOf('base', true), image: 'acme/api', from: 'acme/api:1.0', to: '3.0' }),
    ];

    const edit = editApplication(anApplication(source), KUSTOMIZE, changes);

    expect(edit.refused.map(({ error }) => error.code)).toEqual([
      'conflicting-changes',
      'conflicting-changes',
    ]);
    expect(edit.patch).toEqual([]);
  });

  test.each([
    {
      title: 'an image at two entries, of which another image takes one away',
      images: ['base=acme/api:2.0', 'nginx=acme/api:1.0'],
      changes: [
        aChange({ slot: kustomizeOf('base', true), alias: 'base', image: 'acme/new', from: 'acme/api:2.0' }),
        aChange({ slot: kustomizeOf('acme/api'), alias: 'api', image: 'acme/api', from: 'acme/api:2.0' }),
      ],
      after: ['base=acme/new:2.0', 'nginx=acme/api:1.0'],
      refused: ['api'],
    },
    {
      title: 'an image at two entries, of which another image moves one to another version',
      images: ['base=acme/api:2.0', 'nginx=acme/api:1.0'],
      changes: [
        aChange({ slot: kustomizeOf('acme/api'), alias: 'api', image: 'acme/api', from: 'acme/api:2.0' }),
        aChange({
          slot: kustomizeOf('base', true),
          alias: 'base',
          image: 'acme/api',
          from: 'acme/api:2.0',
          to: '3.0',
        }),
      ],
      after: ['base=acme/api:3.0', 'nginx=acme/api:1.0'],
      refused: ['api'],
    },
    {
      title: 'an image found by its new name, for which another image adds an entry of that name',
      images: ['base=acme/api:1.0'],
      changes: [
        aChange({ slot: kustomizeOf('acme/api'), alias: 'api', image: 'acme/api', from: 'acme/api:1.0' }),
        aChange({ slot: kustomizeOf('acme/api', true), alias: 'moved', image: 'acme/new', to: '3.0' }),
      ],
      after: ['base=acme/api:1.0', 'acme/api=acme/new:3.0'],
      refused: ['api'],
    },
    {
      title: 'an image that is there already under its new name, which another image replaces',
      images: ['base=acme/api:2.0', 'x:1'],
      changes: [
        aChange({ slot: kustomizeOf('acme/api'), alias: 'api', image: 'acme/api', from: 'acme/api:1.0' }),
        aChange({ slot: kustomizeOf('acme/api', true), alias: 'moved', image: 'acme/new', to: '3.0' }),
      ],
      after: ['base=acme/api:2.0', 'x:1', 'acme/api=acme/new:3.0'],
      refused: ['api'],
    },
    {
      title: 'nothing, where the entry that another image adds has the same version',
      images: ['base=acme/api:1.0'],
      changes: [
        aChange({ slot: kustomizeOf('acme/api'), alias: 'api', image: 'acme/api', from: 'acme/api:1.0' }),
        aChange({ slot: kustomizeOf('acme/api', true), alias: 'moved', image: 'acme/new' }),
      ],
      after: ['base=acme/api:2.0', 'acme/api=acme/new:2.0'],
      refused: [],
    },
  ])('$title', ({ images, changes, after, refused }) => {
    const edit = editApplication(anApplication({ kustomize: { images } }), KUSTOMIZE, changes);

    expect(edit.list.after).toEqual(after);
    expect(edit.refused.map(({ change, error }) => [change.alias, error.code])).toEqual(
      refused.map((alias) => [alias, 'conflicting-changes']),
    );
  });
});
