import { describe, expect, test } from 'vitest';
import { checkTitleTemplate, requestTitle } from '../../../src/core/pull-requests/request-title.ts';
import { caught } from '../../helpers/thrown.ts';
import { aChange, type ChangeParts } from '../plan/planned-changes.ts';

const DIGEST = `sha256:${'7aa7a5359173'.padEnd(64, '0')}`;
const WEB = { image: 'acme/web', alias: 'web', newTag: '2.0.0' };

interface Row {
  readonly name: string;
  readonly message?: string;
  readonly template?: string;
  readonly changes?: readonly ChangeParts[];
  readonly title: string;
}

const ROWS: readonly Row[] = [
  { name: 'one version', title: 'update shop to 1.4.2' },
  {
    name: 'one version of two images',
    changes: [{}, { ...WEB, newTag: '1.4.2' }],
    title: 'update shop to 1.4.2',
  },
  {
    name: 'one change of two Applications',
    changes: [{}, { app: 'cart' }],
    title: 'update shop to 1.4.2',
  },
  { name: 'two versions', changes: [{}, WEB], title: 'update shop: acme/api 1.4.2, acme/web 2.0.0' },
  {
    name: 'many versions',
    changes: ['1', '2', '3', '4', '5'].map((newTag) => ({ image: `acme/i${newTag}`, newTag })),
    title: 'update shop: acme/i1 1, acme/i2 2, acme/i3 3 and 2 more',
  },
  {
    name: 'a digest is short',
    changes: [{ newTag: 'latest', newDigest: DIGEST }],
    title: 'update shop to latest@sha256:7aa7a5359173',
  },
  {
    name: 'a message that says it already',
    message: 'acme/api is 1.4.2 now',
    title: 'acme/api is 1.4.2 now',
  },
  { name: 'an empty message', message: '\n\nmore', title: 'update images to 1.4.2' },
  { name: 'no change', changes: [], title: 'update shop' },
  { name: 'a template', template: '[{{ .AppName }}] {{ .Version }}', title: '[shop] 1.4.2' },
  {
    name: 'a template of several versions',
    template: 'bump {{ .Version }}',
    changes: [{}, WEB],
    title: 'bump acme/api 1.4.2, acme/web 2.0.0',
  },
  {
    name: 'a template of several lines',
    template: 'a\n{{ range .AppChanges }}{{ .NewTag }}\n{{ end }}',
    title: 'a 1.4.2',
  },
  {
    name: 'a template that fails on these changes',
    template: '{{ index .AppChanges 3 }}',
    title: 'update shop to 1.4.2',
  },
  {
    name: 'a template that leaves nothing',
    template: '{{ if false }}x{{ end }}',
    title: 'update shop to 1.4.2',
  },
];

describe('the title of a request', () => {
  test.each(ROWS)('$name', ({ message = 'update shop\n\nmore\n', template, changes = [{}], title }) => {
    const input = { template, message, changes: changes.map(aChange) };
    expect(requestTitle({ ...input, limit: 255 })).toBe(title);
  });

  test('keeps the version when it is cut', () => {
    const input = { template: undefined, message: 'x'.repeat(400), changes: [aChange()] };
    const title = requestTitle({ ...input, limit: 60 });
    expect(title).toHaveLength(60);
    expect(title).toMatch(/^x+… to 1\.4\.2$/);
  });

  test('of a name that is longer than all of it is cut too', () => {
    const changes = [aChange({ newTag: 't'.repeat(128) })];
    expect(requestTitle({ template: undefined, message: 'update', changes, limit: 60 })).toHaveLength(60);
  });
});

describe('a template of a title', () => {
  test.each(['{{ .AppName }}', 'x {{ .Version }}', '{{ (index .AppChanges 0).Image }}'])(
    'may be %j',
    (text) => {
      expect(() => checkTitleTemplate(text)).not.toThrow();
    },
  );

  test.each(['{{ .AppNam }}', '{{ if }}', '{{ index .AppChanges 7 }}'])('cannot be %j', (text) => {
    expect(caught(() => checkTitleTemplate(text)).code).toBe('template-invalid');
  });
});
