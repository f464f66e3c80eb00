import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { editFile } from '../../src/edits/index.ts';
import { helmPath, kubectlPath } from '../helpers/render-tools.ts';
import { CORPUS, type CorpusCase } from './corpus.ts';

/*
 * The programs that Argo CD runs, over the edited files of the corpus: what they render is what was asked for. One
 * run each for all cases, a subchart or a folder of resources per case.
 */

const run = promisify(execFile);
let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lynceus-render-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function edited(entry: CorpusCase): string {
  return editFile(entry.target, entry.before, entry.changes, entry.options);
}

function casesOf(kind: CorpusCase['kind']): readonly CorpusCase[] {
  return CORPUS.filter((entry) => entry.kind === kind && entry.after !== undefined);
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

describe('helm template', { timeout: 60_000 }, () => {
  const cases = casesOf('helm-values');
  const rendered = new Map<string, unknown>();

  beforeAll(async () => {
    const chart = join(scratch, 'values');
    writeFiles(chart, { 'Chart.yaml': chartFile('corpus') });
    for (const entry of cases) writeFiles(join(chart, 'charts', entry.name), subchart(entry));
    const { stdout } = await run(helmPath(), ['template', 'release', chart]);
    for (const { case: name, images } of documentsOf(stdout)) rendered.set(String(name), images);
  }, 60_000);

  it.each(cases)('renders the wanted images of $name', (entry) => {
    expect(rendered.get(entry.name)).toEqual(entry.render.map(({ expect: image }) => image));
  });
});

function chartFile(name: string): string {
  return `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;
}

/** The edited file is the chart's own values.yaml. */
function subchart(entry: CorpusCase): Readonly<Record<string, string>> {
  const images = entry.render.map(({ image }) => `- ${image.replaceAll(/\{\{ (.*?) \}\}/g, '{{ $1 }}')}`);
  return {
    'Chart.yaml': chartFile(entry.name),
    'values.yaml': edited(entry),
    'templates/images.yaml': ['case: {{ .Chart.Name }}', 'images:', ...images.map(quoteItem), ''].join('\n'),
  };
}

function quoteItem(line: string): string {
  return `- '${line.slice(2)}'`;
}

function documentsOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
}

describe('kubectl kustomize', { timeout: 60_000 }, () => {
  const cases = casesOf('kustomization');
  const rendered = new Map<string, readonly string[]>();

  beforeAll(async () => {
    const folder = join(scratch, 'kustomize');
    const names = cases.map(({ name }) => name);
    writeFiles(folder, { 'kustomization.yaml': `resources: ${JSON.stringify(names)}\n` });
    for (const entry of cases) {
      const files = { 'kustomization.yaml': edited(entry), 'deploy.yaml': deployment(entry) };
      writeFiles(join(folder, entry.name), files);
    }
    const { stdout } = await run(kubectlPath(), ['kustomize', folder]);
    for (const document of documentsOf(stdout)) rendered.set(caseOf(document), imagesOf(document));
  }, 60_000);

  it.each(cases)('renders the wanted images of $name', (entry) => {
    expect(rendered.get(entry.name)).toEqual(entry.render.map(({ expect: image }) => image));
  });
});

/** JSON is YAML: the base needs no style of its own. */
function deployment({ name, render }: CorpusCase): string {
  const containers = render.map(({ image }, index) => ({ name: `c${index}`, image }));
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { case: name } },
    spec: { template: { spec: { containers } } },
  });
}

interface Rendered {
  readonly metadata: { readonly annotations: { readonly case: string } };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

function caseOf(document: unknown): string {
  return (document as Rendered).metadata.annotations.case;
}

function imagesOf(document: unknown): readonly string[] {
  return (document as Rendered).spec.template.spec.containers.map(({ image }) => image);
}

interface Source {
  readonly helm?: { readonly parameters: readonly Readonly<Record<string, unknown>>[] };
  readonly kustomize?: { readonly images: readonly string[] };
  readonly plugin?: { readonly env: readonly { readonly name: string; readonly value: string }[] };
}

/** Puts the file over the Application's source as Argo CD does: as a JSON merge patch, here by kubectl. */
async function mergedSource(entry: CorpusCase): Promise<Source> {
  const { inherited } = entry;
  const folder = join(scratch, 'overrides', entry.kind, entry.name);
  const source = {
    apiVersion: 'test/v1',
    kind: 'Source',
    metadata: { name: 'source' },
    helm: { parameters: inherited.parameters },
    kustomize: { images: inherited.images },
    plugin: { env: inherited.env },
  };
  writeFiles(folder, { 'source.json': JSON.stringify(source), 'override.yaml': edited(entry) });
  const { stdout } = await run(
    kubectlPath(),
    [
      'patch',
      '--local',
      '-o',
      'json',
      '--type',
      'merge',
      '-f',
      'source.json',
      '--patch-file',
      'override.yaml',
    ],
    { cwd: folder, env: { KUBECONFIG: '/dev/null' } },
  );
  return JSON.parse(stdout) as Source;
}

describe('an override file over the source of its Application', { timeout: 60_000 }, () => {
  let chart = '';

  beforeAll(() => {
    chart = join(scratch, 'parameters');
    const template = '{{ .Values | toJson }}\n';
    writeFiles(chart, { 'Chart.yaml': chartFile('parameters'), 'templates/all.yaml': template });
  });

  it.concurrent.each(casesOf('override-kustomize'))(
    'sets the wanted Kustomize images: $name',
    async (entry) => {
      const { kustomize } = await mergedSource(entry);
      expect(kustomize?.images).toEqual(entry.effect);
    },
  );

  it.concurrent.each(casesOf('override-plugin'))('sets the wanted variables: $name', async (entry) => {
    const { plugin } = await mergedSource(entry);
    expect(Object.fromEntries(plugin?.env.map(({ name, value }) => [name, value]) ?? [])).toEqual(
      entry.effect,
    );
  });

  it.concurrent.each(casesOf('override-helm'))('sets the wanted Helm values: $name', async (entry) => {
    const { helm } = await mergedSource(entry);
    const flags = (helm?.parameters ?? []).flatMap(setFlag);
    const { stdout } = await run(helmPath(), ['template', 'release', chart, ...flags]);
    const [values] = documentsOf(stdout);
    expect(flattened(values)).toEqual(entry.effect);
  });
});

/** Argo CD passes a parameter with `--set-string` when it is forced to be one; field names know no case. */
function setFlag(parameter: Readonly<Record<string, unknown>>): readonly string[] {
  const fields = new Map(Object.entries(parameter).map(([key, value]) => [key.toLowerCase(), value]));
  const flag = fields.get('forcestring') === true ? '--set-string' : '--set';
  return [flag, `${String(fields.get('name'))}=${String(fields.get('value'))}`];
}

function flattened(values: unknown, prefix = ''): Readonly<Record<string, unknown>> {
  if (typeof values !== 'object' || values === null) return { [prefix]: values };
  const entries = Object.entries(values).map(([key, value]) =>
    Object.entries(flattened(value, prefix === '' ? key : `${prefix}.${key}`)),
  );
  return Object.fromEntries(entries.flat());
}
