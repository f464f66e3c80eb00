import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ANNOTATION_PREFIX, ANNOTATIONS } from '../../src/argocd/annotations.ts';
import type { AnnotationScope } from '../../src/argocd/annotations.ts';
import { parseApplication } from '../../src/argocd/parse-application.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { aConfiguredPolicy } from '../helpers/signature-policies.ts';

const PAGE = readFileSync(new URL('../../docs/annotations.md', import.meta.url), 'utf8');

const SCOPES: Readonly<Record<AnnotationScope, string>> = {
  application: 'Application',
  image: 'image',
  both: 'both',
};

/** The rows of the table that begins with this heading, cell by cell. */
function tableRows(heading: string): readonly (readonly string[])[] {
  const lines = PAGE.slice(PAGE.indexOf(heading)).split('\n');
  const rows = lines.slice(
    2,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Every example: its annotations, and the type of its source. */
function examples(): readonly {
  readonly annotations: Record<string, string>;
  readonly source: string;
  readonly spec: unknown;
}[] {
  return [...PAGE.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => {
    const document = parse(text) as { metadata?: { annotations: Record<string, string> } } & Record<
      string,
      string
    >;
    return {
      annotations: document.metadata?.annotations ?? document,
      source: /^# source: (\w+)/.exec(text)?.[1] ?? 'helm',
      spec: document['spec'],
    };
  });
}

describe('docs/annotations.md', () => {
  test('its table says what the code says, row by row', () => {
    expect(tableRows('| Annotation | Scope |')).toEqual(
      ANNOTATIONS.map(({ key, scope, fallback, values, description }) => [
        `\`${key}\``,
        SCOPES[scope],
        fallback,
        values,
        description,
      ]),
    );
  });

  test('every annotation is in an example, and the examples use no other', () => {
    const used = examples().flatMap(({ annotations }) =>
      Object.keys(annotations).map((key) => {
        const name = key.slice(ANNOTATION_PREFIX.length);
        const rows = ANNOTATIONS.filter((row) => name === row.key || name.endsWith(`.${row.key}`));
        return rows[0]?.key ?? `unknown: ${key}`;
      }),
    );

    expect([...new Set(used)].sort()).toEqual(ANNOTATIONS.map(({ key }) => key).sort());
  });

  test.each(examples())('the example $annotations is without fault', ({ annotations, source, spec }) => {
    const application = parseApplication(
      {
        metadata: { name: 'web', namespace: 'argocd', annotations },
        spec: spec ?? {
          source: {
            repoURL: 'https://git.example/a.git',
            path: 'apps/web',
            targetRevision: 'main',
            [source]: {},
          },
        },
      },
      'example',
    );
    const context = {
      defaultMethod: 'git',
      defaultRegistry: 'docker.io',
      argocdNamespace: 'argocd',
      canWriteApplications: true,
      signaturePolicies: [aConfiguredPolicy({ onlyByName: true })],
      openServices: [
        { name: 'chat', recipients: ['#web'] },
        { name: 'mail', recipients: ['*@example.com'] },
      ],
    } as const;
    const { images, problems } = readPolicies(application, context);

    expect(problems).toEqual([]);
    expect(images.length).toBeGreaterThan(0);
  });
});
