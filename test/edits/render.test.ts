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
 * The programs that Argo CD runs, over the files of the corpus before and after the edit: what they render is what was
 * asked for, and nothing else is another. One run each for all cases, a subchart or a folder of resources per case.
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

/** A file before its edit and after it, which one process renders side by side. */
const VARIANTS = ['before', 'after'] as const;
type Variant = (typeof VARIANTS)[number];

function textOf(entry: CorpusCase, variant: Variant): string {
  return variant === 'after' ? edited(entry) : (entry.before ?? '');
}

/** A case whose file is rendered before its edit, too. */
function isCompared({ render }: CorpusCase): boolean {
  return render.some(({ was }) => was !== undefined);
}

function wasRendered({ render }: CorpusCase): readonly (string | undefined)[] {
  return render.map(({ was }) => was);
}

/** What is different, by path: before and after. */
function differences(before: unknown, after: unknown): Readonly<Record<string, readonly [unknown, unknown]>> {
  const [old, now] = [flattened(before), flattened(after)];
  const paths = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return Object.fromEntries(
    paths
      .filter((path) => JSON.stringify(old[path]) !== JSON.stringify(now[path]))
      .map((path) => [path, [old[path] ?? null, now[path] ?? null]]),
  );
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
  const rendered = new Map<string, { readonly images?: unknown; readonly values?: unknown }>();

  beforeAll(async () => {
    const chart = join(scratch, 'values');
    writeFiles(chart, { 'Chart.yaml': chartFile('corpus') });
    for (const entry of cases)
      for (const variant of VARIANTS.filter((one) => one === 'after' || isCompared(entry)))
        writeFiles(join(chart, 'charts', `${variant}-${entry.name}`), subchart(entry, variant));
    const { stdout } = await run(helmPath(), ['template', 'release', chart], MUCH);
    for (const { case: name, ...document } of documentsOf(stdout)) rendered.set(String(name), document);
  }, 60_000);

  it.each(cases)('renders the wanted images of $name', (entry) => {
    expect(rendered.get(`after-${entry.name}`)?.images).toEqual(
      entry.render.map(({ expect: image }) => image),
    );
  });

  it.each(cases.filter(isCompared))('reads only what was asked for as another of $name', (entry) => {
    const [before, after] = VARIANTS.map((variant) => rendered.get(`${variant}-${entry.name}`));
    expect(before?.images).toEqual(wasRendered(entry));
    expect(differences(before?.values, after?.values)).toEqual(entry.values);
  });
});

const MUCH = { maxBuffer: 64 * 1024 * 1024 };

function chartFile(name: string): string {
  return `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;
}

/** The file is the chart's own values.yaml. */
function subchart(entry: CorpusCase, variant: Variant): Readonly<Record<string, string>> {
  const images = entry.render.map(({ image }) => `- ${image.replaceAll(/\{\{ (.*?) \}\}/g, '{{ $1 }}')}`);
  return {
    'Chart.yaml': chartFile(`${variant}-${entry.name}`),
    'values.yaml': textOf(entry, variant),
    'templates/images.yaml': [
      'case: {{ .Chart.Name }}',
      'values: {{ .Values | toJson }}',
      'images:',
      ...images.map(quoteItem),
      '',
    ].join('\n'),
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
  const rendered: Resource[] = [];

  beforeAll(async () => {
    const folder = join(scratch, 'kustomize');
    writeFiles(folder, { 'kustomization.yaml': `resources: ${JSON.stringify(VARIANTS)}\n` });
    for (const variant of VARIANTS) {
      const own = cases.filter((entry) => variant === 'after' || isCompared(entry));
      const resources = own.map(({ name }) => name);
      // A namespace keeps the two apart without being a part of any name.
      const kustomization = JSON.stringify({ namespace: variant, resources });
      writeFiles(join(folder, variant), { 'kustomization.yaml': kustomization });
      for (const entry of own) writeFiles(join(folder, variant, entry.name), folderOf(entry, variant));
    }
    const helm = ['--enable-helm', '--helm-command', helmPath()];
    const { stdout } = await run(kubectlPath(), ['kustomize', folder, ...helm], MUCH);
    rendered.push(...(documentsOf(stdout) as readonly unknown[] as readonly Resource[]));
  }, 60_000);

  /** All resources of a case by kind and name, without the namespace that the test gave them. */
  function resourcesOf(name: string, variant: Variant): Readonly<Record<string, unknown>> {
    const own = rendered.filter(
      ({ metadata }) => metadata.namespace === variant && metadata.annotations?.case === name,
    );
    return Object.fromEntries(
      own.map((one) => [
        `${one.kind} ${one.metadata.name}`,
        { ...one, metadata: { ...one.metadata, namespace: '' } },
      ]),
    );
  }

  it.each(cases)('renders the wanted images of $name', (entry) => {
    const { deployment: rendered } = deploymentIn(resourcesOf(entry.name, 'after'), entry);
    expect(imagesOf(rendered)).toEqual(entry.render.map(({ expect: image }) => image));
  });

  it.each(cases.filter(isCompared))('renders nothing else of $name differently', (entry) => {
    const before = resourcesOf(entry.name, 'before');
    const { key, deployment: rendered } = deploymentIn(before, entry);
    expect(imagesOf(rendered)).toEqual(wasRendered(entry));
    const changed = entry.render.flatMap(({ was, expect: image }, index) =>
      was === image ? [] : [[`${key}.spec.template.spec.containers[${index}].image`, [was, image]] as const],
    );
    expect(differences(before, resourcesOf(entry.name, 'after'))).toEqual(Object.fromEntries(changed));
  });
});

/** The Deployment of a case, however its kustomization names it. */
function deploymentIn(
  resources: Readonly<Record<string, unknown>>,
  { name }: CorpusCase,
): { readonly key: string; readonly deployment: unknown } {
  const found = Object.entries(resources).find(
    ([key]) => key.startsWith('Deployment ') && key.includes(name),
  );
  return { key: found?.[0] ?? '', deployment: found?.[1] };
}

function folderOf(entry: CorpusCase, variant: Variant): Readonly<Record<string, string>> {
  return {
    ...entry.files,
    'kustomization.yaml': textOf(entry, variant),
    'deploy.yaml': deployment(entry),
  };
}

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

interface Resource {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: { readonly case?: string };
  };
}

interface Deployment extends Resource {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

function imagesOf(document: unknown): readonly string[] {
  return (document as Deployment).spec.template.spec.containers.map(({ image }) => image);
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
  const isList = Array.isArray(values);
  const entries = Object.entries(values).map(([key, value]) =>
    Object.entries(flattened(value, pathOf(prefix, key, isList))),
  );
  return Object.fromEntries(entries.flat());
}

function pathOf(prefix: string, key: string, isList: boolean): string {
  if (isList) return `${prefix}[${key}]`;
  return prefix === '' ? key : `${prefix}.${key}`;
}
