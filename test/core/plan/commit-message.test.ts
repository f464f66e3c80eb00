import { describe, expect, test } from 'vitest';
import {
  commitMessageData,
  DEFAULT_COMMIT_TEMPLATE,
  EXAMPLE_COMMIT_DATA,
  renderCommitMessage,
} from '../../../src/core/plan/commit-message.ts';
import { parseTemplate } from '../../../src/core/plan/template/parse.ts';
import { renderTemplate } from '../../../src/core/plan/template/render.ts';
import type { LynceusError } from '../../../src/errors.ts';
import { renderWithGo } from '../../helpers/go-template.ts';
import { aChange, type ChangeParts } from './planned-changes.ts';

const DIGEST = `sha256:${'7a'.repeat(32)}`;

interface Row {
  readonly title: string;
  readonly template?: string;
  readonly changes: readonly ChangeParts[];
  readonly message: string;
}

const ROWS: readonly Row[] = [
  {
    title: 'the default text tells the image without its registry',
    changes: [{}],
    message: "build: automatic update of shop\n\nupdates image acme/api tag '1.4.1' to '1.4.2'\n",
  },
  {
    title: 'a digest is told instead of its tag',
    changes: [{ newDigest: DIGEST }, { image: 'acme/web', oldDigest: DIGEST }],
    message: `build: automatic update of shop\n\nupdates image acme/api tag '1.4.1' to '${DIGEST}'\nupdates image acme/web tag '${DIGEST}' to '1.4.2'\n`,
  },
  {
    title: 'a digest that only pins its tag is not told, and neither is the one before',
    changes: [
      { newDigest: DIGEST, oldDigest: DIGEST, pinned: true },
      { image: 'acme/web', newDigest: DIGEST },
    ],
    message: `build: automatic update of shop\n\nupdates image acme/api tag '1.4.1' to '1.4.2'\nupdates image acme/web tag '1.4.1' to '${DIGEST}'\n`,
  },
  {
    title: 'an image that was nowhere before has no old tag',
    changes: [{ fresh: true }],
    message: "build: automatic update of shop\n\nupdates image acme/api tag '' to '1.4.2'\n",
  },
  {
    title: 'labels can be read as fields and by index, and one that is missing is no failure',
    template:
      '{{ range .AppChanges }}{{ .Labels.team }} {{ index .Labels "a.b/c" }} {{ .Labels.none }}|{{ index .Labels "none" }}|{{ end }}',
    changes: [{ labels: { team: 'blue', 'a.b/c': 'url' } }],
    message: 'blue url <no value>||\n',
  },
  {
    title: 'an unknown field gives the short text',
    template: '{{ .App }}',
    changes: [{}],
    message: 'build: update of application shop\n',
  },
  {
    title: 'an unknown field of a change gives the short text',
    template: '{{ range .AppChanges }}{{ .Tag }}{{ end }}',
    changes: [{}],
    message: 'build: update of application shop\n',
  },
  {
    title: 'a template that leaves nothing gives the short text',
    template: ' \n{{ if false }}x{{ end }}\n',
    changes: [{}],
    message: 'build: update of application shop\n',
  },
  {
    title: 'a text that never ends gives the short text',
    template: '{{ range 1000000000 }}{{ end }}',
    changes: [{}],
    message: 'build: update of application shop\n',
  },
  {
    title: 'blank lines and trailing space are cleaned as git does, control characters go',
    template: '\n\nsubject \t\r\n\n\n\n\tbody{{ (index .AppChanges 0).Labels.x }}  \n\n',
    changes: [{ labels: { x: '\u001b[31m\u0000red\u0085' } }],
    message: 'subject\n\n\tbody[31mred\n',
  },
  {
    title: 'a commit of three Applications names them and tells the same change once',
    changes: [{ app: 'cart' }, { app: 'pay' }, { app: 'shop' }, { app: 'shop', image: 'acme/web' }],
    message:
      "build: automatic update of cart, pay, shop\n\nupdates image acme/api tag '1.4.1' to '1.4.2'\nupdates image acme/web tag '1.4.1' to '1.4.2'\n",
  },
  {
    title: 'a commit of many Applications names the first three',
    template: '{{ .AppName }}',
    changes: ['a', 'b', 'c', 'd', 'e', 'e'].map((app) => ({ app })),
    message: 'a, b, c and 2 more\n',
  },
  {
    title: 'the Applications of a shared commit can be listed with all their changes',
    template:
      '{{ range .Applications }}{{ .Namespace }}/{{ .Name }}:{{ range .Changes }} {{ .Alias }}={{ .NewTag }}{{ end }}\n{{ end }}',
    changes: [{ app: 'a' }, { app: 'a', alias: 'web' }, { app: 'a', namespace: 'other' }],
    message: 'argocd/a: api=1.4.2 web=1.4.2\nother/a: api=1.4.2\n',
  },
  {
    title: 'one Application that writes an image at two places tells both',
    template: '{{ range .AppChanges }}{{ .Alias }} {{ end }}',
    changes: [{ alias: 'a' }, { alias: 'b' }],
    message: 'a b\n',
  },
];

describe('renderCommitMessage', () => {
  test.each(ROWS)('$title', ({ template = DEFAULT_COMMIT_TEMPLATE, changes, message }) => {
    expect(renderCommitMessage(template, changes.map(aChange))).toBe(message);
  });

  test('what made the text a short one is told', () => {
    const faults: string[] = [];
    const onFault = ({ message }: LynceusError): void => void faults.push(message);
    const labels = { note: 'x'.repeat(70_000) };
    const template = `{{ range .AppChanges }}${'{{ .Labels.note }}'.repeat(200)}{{ end }}`;
    expect(renderCommitMessage(template, [aChange({ labels })], { onFault })).toBe(
      'build: update of application shop\n',
    );
    expect(renderCommitMessage(template, [aChange({ labels: { note: 'short' } })], { onFault })).toBe(
      `${'short'.repeat(200)}\n`,
    );
    expect(faults).toEqual([expect.stringContaining('more than 64 KiB of text on the way')]);
  });

  test('a template that cannot be read is an error, told with line and column', () => {
    expect(() => renderCommitMessage('a\n{{ range }}', [aChange()])).toThrow(
      expect.objectContaining({
        code: 'template-invalid',
        message: 'template line 2, column 10: missing value for range',
      }),
    );
  });

  test('two thousand changes fit into one message', () => {
    const changes = Array.from({ length: 2000 }, (_, index) => aChange({ image: `acme/image-${index}` }));
    expect(renderCommitMessage(DEFAULT_COMMIT_TEMPLATE, changes).split('\n')).toHaveLength(2003);
  });
});

describe('the example data', () => {
  test('render the default text as Argo CD Image Updater renders its own example', async () => {
    const { AppName, AppChanges } = EXAMPLE_COMMIT_DATA;
    expect(AppName).toBe('example-app');
    const ours = renderTemplate(parseTemplate(DEFAULT_COMMIT_TEMPLATE), EXAMPLE_COMMIT_DATA);
    expect(ours).toBe(
      [
        'build: automatic update of example-app',
        '',
        "updates image example/example tag '1.0.0' to '1.0.1'",
        "updates image example/updater tag 'sha256:01d09d19c2139a46aebfb577780d123d7396e97201bc7ead210a2ebff8239dee' to 'sha256:7aa7a5359173d05b63cfd682e3c38487f3cb4f7f1d60659fe59fab1505977d4c'",
        '',
      ].join('\n'),
    );
    expect(await renderWithGo(DEFAULT_COMMIT_TEMPLATE, { AppName, AppChanges })).toEqual({
      kind: 'text',
      text: ours,
    });
  });

  test('hold every name that real changes have', () => {
    const real = commitMessageData([aChange()]);
    expect(Object.keys(EXAMPLE_COMMIT_DATA)).toEqual(Object.keys(real));
    expect(renderTemplate(parseTemplate('{{ len .Applications }}'), EXAMPLE_COMMIT_DATA)).toBe('1');
  });
});
