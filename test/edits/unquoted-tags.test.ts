import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseImageReference } from '../../src/core/image/reference.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { isAtVersion } from '../../src/core/presence.ts';
import { editFile, readImage } from '../../src/edits/index.ts';
import { helmPath, kubectlPath } from '../helpers/render-tools.ts';

/*
 * What stands unquoted behind a tag key, and what Helm and kustomize make of it, asked of the programs themselves: one chart
 * with a key for each row, before and after.
 */

const run = promisify(execFile);
const CREATE = { createMissing: false };
const IMAGE = parseImageReference('ghcr.io/acme/api');
const VALUES: FileTarget = { kind: 'helm-values', path: 'values.yaml' };
const KUSTOMIZATION: FileTarget = { kind: 'kustomization', directory: 'apps' };

/** The tag as written; what Helm prints; whether it gets quotes in a values file, and in a kustomization. */
const ROWS: readonly [string, string, boolean, boolean][] = [
  ['1.20', '1.2', true, true],
  ['1.10', '1.1', true, true],
  ['1.0', '1', true, true],
  ['1.', '1', true, true],
  ['4200077', '4.200077e+06', true, true],
  ['20240101', '2.0240101e+07', true, true],
  ['1e3', '1000', true, true],
  ['0x10', '16', true, true],
  ['010', '8', true, true],
  ['08', '8', true, true],
  ['007', '7', true, true],
  ['0b1', '1', true, true],
  ['0o7', '7', true, true],
  ['0_xb', '11', true, true],
  ['0_b1', '1', true, true],
  ['1_000', '1000', true, true],
  ['1_0.5', '10.5', true, true],
  ['on', 'true', true, true],
  ['No', 'false', true, true],
  ['y', 'true', true, true],
  ['True', 'true', true, true],
  ['0.12345678901234567890', '0.12345678901234568', true, true],
  ['12345678901234567890', '1.2345678901234567e+19', true, true],
  // Other readers take these for times.
  ['2024-01-01', '2024-01-01', true, true],
  ['1.25', '1.25', false, true],
  ['3.6', '3.6', false, true],
  ['7', '7', false, true],
  ['123456', '123456', false, true],
  ['0.5', '0.5', false, true],
  ['true', 'true', false, true],
  ['1.4.2', '1.4.2', false, false],
  ['v1', 'v1', false, false],
  ['1234e567', '1234e567', false, false],
  ['e1234567', 'e1234567', false, false],
  ['7f00abc', '7f00abc', false, false],
  ['0_z', '0_z', false, false],
  ['2024-01', '2024-01', false, false],
  ['_1', '_1', false, false],
];

function slotOf(index: number): ImageSlot {
  const key = { path: `k${index}.tag`, explicit: true };
  return { kind: 'helm-parts', name: { path: `k${index}.name`, explicit: false }, tag: key };
}

const KUSTOMIZE: ImageSlot = { kind: 'kustomize', name: 'web', renamed: false };

function change(slot: ImageSlot, tag: string) {
  return { slot, image: IMAGE, from: undefined, to: { tag, digest: undefined } };
}

const VALUES_BEFORE = ROWS.map(([tag], index) => `k${index}:\n  tag: ${tag} # row ${index}\n`).join('');
const VALUES_AFTER = editFile(
  VALUES,
  VALUES_BEFORE,
  ROWS.map(([tag], index) => change(slotOf(index), tag)),
  CREATE,
);

function kustomization(tag: string): string {
  return `resources: [deploy.yaml]\nimages:\n- name: web\n  newTag: ${tag}\n`;
}

let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lynceus-unquoted-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(scratch, 'case-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('a tag without quotes, as Helm prints it', { timeout: 60_000 }, () => {
  const printed = new Map<string, readonly string[]>();

  beforeAll(async () => {
    const lines = ROWS.map((_, index) => `- '{{ .Values.k${index}.tag }}'\n`).join('');
    const chart = write({
      'Chart.yaml': 'apiVersion: v2\nname: tags\nversion: 1.0.0\n',
      'templates/tags.yaml': `tags:\n${lines}`,
      'before.yaml': VALUES_BEFORE,
      'after.yaml': VALUES_AFTER,
    });
    for (const values of ['before', 'after']) {
      const { stdout } = await run(helmPath(), ['template', 'r', chart, '-f', join(chart, `${values}.yaml`)]);
      const [document] = parseAllDocuments(stdout);
      printed.set(values, (document?.toJS() as { tags: string[] } | undefined)?.tags ?? []);
    }
  }, 60_000);

  it.each(ROWS.map((row, index) => [...row, index] as const))(
    '%s is printed %s, so that it gets quotes: %s',
    (tag, helm, isQuoted, _, index) => {
      expect(printed.get('before')?.[index]).toBe(helm);
      expect(printed.get('after')?.[index]).toBe(tag);
      const line = isQuoted ? `  tag: "${tag}" # row ${index}\n` : `  tag: ${tag} # row ${index}\n`;
      expect(VALUES_AFTER).toContain(line);

      const reading = readImage(VALUES, VALUES_BEFORE, slotOf(index), CREATE);
      const present = reading.kind === 'present' ? reading.image : undefined;
      expect(present).toMatchObject({ tag });
      expect(present?.fault).toBe(isQuoted ? 'misread' : undefined);
      expect(present && isAtVersion(present, change(slotOf(index), tag), 'kept')).toBe(!isQuoted);
      const now = readImage(VALUES, VALUES_AFTER, slotOf(index), CREATE);
      expect(now.kind === 'present' && isAtVersion(now.image, change(slotOf(index), tag), 'removed')).toBe(
        true,
      );
    },
  );
});

describe('a tag without quotes, as kustomize reads it', { timeout: 60_000 }, () => {
  const after = ROWS.map(([tag]) =>
    editFile(KUSTOMIZATION, kustomization(tag), [change(KUSTOMIZE, tag)], CREATE),
  );
  const built: string[] = [];

  function folderOf(texts: readonly string[]): string {
    const files = texts.flatMap((text, index) => [
      [`c${index}/kustomization.yaml`, `${text}nameSuffix: -n${index}\n`] as const,
      [
        `c${index}/deploy.yaml`,
        'apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec: {containers: [{name: a, image: web}]}\n',
      ] as const,
    ]);
    const names = texts.map((_, index) => `c${index}`);
    return write({
      ...Object.fromEntries(files),
      'kustomization.yaml': `resources: [${names.join(', ')}]\n`,
    });
  }

  beforeAll(async () => {
    const { stdout } = await run(kubectlPath(), ['kustomize', folderOf(after)]);
    for (const document of parseAllDocuments(stdout)) {
      const pod = document.toJS() as {
        metadata: { name: string };
        spec: { containers: { image: string }[] };
      };
      built[Number(pod.metadata.name.slice('pod-n'.length))] = pod.spec.containers[0]?.image ?? '';
    }
  }, 60_000);

  it.each(ROWS.map((row, index) => [...row, index] as const))(
    '%s (Helm: %s, %s) gets quotes: %s',
    (tag, _helm, _values, isQuoted, index) => {
      expect(built[index]).toBe(`web:${tag}`);
      expect(after[index]).toBe(kustomization(isQuoted ? `"${tag}"` : tag));

      const reading = readImage(KUSTOMIZATION, kustomization(tag), KUSTOMIZE, CREATE);
      expect(reading.kind === 'present' && reading.image.fault).toBe(isQuoted ? 'misread' : undefined);
    },
  );

  it.concurrent.each(['3.6', '4200077', 'on', '0_xb', 'true'])(
    'is refused by it where it is %s',
    async (tag) => {
      await expect(run(kubectlPath(), ['kustomize', folderOf([kustomization(tag)])])).rejects.toThrow(
        /cannot unmarshal/,
      );
    },
  );

  it.concurrent.each(['1234e567', 'e1234567', '2024-01-01'])('is taken by it where it is %s', async (tag) => {
    const { stdout } = await run(kubectlPath(), ['kustomize', folderOf([kustomization(tag)])]);
    expect(stdout).toContain(`image: web:${tag}`);
  });
});

describe('a value of an override file', () => {
  const [HELM, PLUGIN] = (['helm', 'plugin'] as const).map((format): FileTarget => ({
    kind: 'override',
    path: '.argocd-source-shop.yaml',
    format,
    inherited: { parameters: [], images: [], env: [] },
  })) as [FileTarget, FileTarget];
  const env: ImageSlot = { kind: 'plugin', name: undefined, tag: 'k0.tag', spec: undefined };

  it.each(ROWS)('%s (Helm: %s, %s) gets quotes: %s', (tag, _helm, _values, isQuoted) => {
    for (const [target, slot, list] of [
      [HELM, slotOf(0), 'helm:\n  parameters:'],
      [PLUGIN, env, 'plugin:\n  env:'],
    ] as const) {
      const before = `${list}\n  - name: k0.tag\n    value: ${tag}\n    forcestring: true\n`;
      const reading = readImage(target, before, slot, CREATE);
      expect(reading.kind === 'present' && reading.image.fault).toBe(isQuoted ? 'misread' : undefined);
      const wanted = isQuoted ? before.replace(`value: ${tag}`, `value: "${tag}"`) : before;
      expect(editFile(target, before, [change(slot, tag)], CREATE)).toBe(wanted);
    }
  });
});

describe('a marked tag', () => {
  const target: FileTarget = { kind: 'markers', path: 'all.yaml' };
  const slot: ImageSlot = { kind: 'markers', names: ['shop/api'] };

  it.each(ROWS)('%s (Helm: %s) gets quotes: %s', (tag, _helm, isQuoted) => {
    const line = (value: string) => `tag: ${value} # {"$lynceus": "shop/api:tag"}\n`;
    const reading = readImage(target, line(tag), slot, CREATE);
    expect(reading.kind === 'present' && reading.image.fault).toBe(isQuoted ? 'misread' : undefined);
    expect(editFile(target, line(tag), [change(slot, tag)], CREATE)).toBe(line(isQuoted ? `"${tag}"` : tag));
  });
});
