import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import type { UpperLayer } from '../../src/core/layers.ts';
import type { FileTarget, ImageSlot } from '../../src/core/policy.ts';
import { overridingLayers } from '../../src/edits/index.ts';
import { helmPath } from '../helpers/render-tools.ts';

/*
 * Helm is the judge: it is run as Argo CD runs it, with two versions in the file that is written. What it renders is the same
 * exactly when something wins over that file.
 */

const run = promisify(execFile);
const TARGET: FileTarget = { kind: 'helm-values', path: 'values.yaml' };

function slotAt(path: string): ImageSlot {
  return { kind: 'helm-parts', tag: { path, explicit: true }, name: { path: 'none', explicit: false } };
}

const IMAGE = (tag: string) => `image:\n  tag: "${tag}"\n  pullPolicy: Always\n`;
const LIST = (tag: string) => `pods:\n- tag: "${tag}"\n- tag: other\n`;

function file(text: string): UpperLayer {
  return { kind: 'value-file', at: 'later.yaml', text };
}

function set(name: string): UpperLayer {
  return { kind: 'parameters', at: 'spec.source.helm.parameters', names: [name] };
}

const scratch = mkdtempSync(join(tmpdir(), 'lynceus-layers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function render(written: string, layers: readonly UpperLayer[]): Promise<string> {
  const chart = mkdtempSync(join(scratch, 'chart-'));
  mkdirSync(join(chart, 'templates'));
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
  writeFileSync(join(chart, 'values.yaml'), written);
  writeFileSync(
    join(chart, 'templates/all.yaml'),
    'image: {{ toJson .Values.image }}\npods: {{ toJson .Values.pods }}\n',
  );
  writeFileSync(join(chart, 'tag.txt'), '9.9.9');
  const given = layers.flatMap((layer, index) => {
    if ('text' in layer || 'values' in layer) {
      const text = 'text' in layer ? layer.text : JSON.stringify(layer.values);
      writeFileSync(join(chart, `${index}.yaml`), text);
      return ['--values', join(chart, `${index}.yaml`)];
    }
    const names = 'names' in layer ? layer.names : [];
    if (layer.kind === 'file-parameters')
      return names.flatMap((name) => ['--set-file', `${name}=${join(chart, 'tag.txt')}`]);
    return names.flatMap((name) => ['--set', `${name}=9.9.9`]);
  });
  return (await run(helmPath(), ['template', 'shop', chart, ...given])).stdout;
}

test.concurrent.each<[string, string, (tag: string) => string, readonly UpperLayer[]]>([
  ['nothing', 'image.tag', IMAGE, []],
  ['a later file', 'image.tag', IMAGE, [file('image: {tag: 2.0.0}\n')]],
  ['a later file with another key', 'image.tag', IMAGE, [file('image: {pullPolicy: Never}\ntag: 1\n')]],
  ['a later file with nothing at the key', 'image.tag', IMAGE, [file('image:\n  tag:\n')]],
  ['a later file, the key in quotes', '"image".tag', IMAGE, [file('image: {tag: 2.0.0}\n')]],
  ['a later file, the key in brackets', 'image["tag"]', IMAGE, [file('image: {tag: 2.0.0}\n')]],
  ['a later file with another key beside', 'image["tag"]', IMAGE, [file('image: {pullPolicy: Never}\n')]],
  ['a later file, the list in quotes', '"pods"[0].tag', LIST, [file('pods: []\n')]],
  ['a later file with another list', 'pods[0].tag', LIST, [file('pods: []\n')]],
  ['a later file with a list of other elements', 'pods[0].tag', LIST, [file('pods: [{name: a}]\n')]],
  ['values', 'image.tag', IMAGE, [{ kind: 'values', at: 'values', text: 'image: {tag: 2.0.0}\n' }]],
  [
    'an object',
    'image.tag',
    IMAGE,
    [{ kind: 'values-object', at: 'valuesObject', values: { image: { tag: '2.0.0' } } }],
  ],
  ['a parameter', 'image.tag', IMAGE, [set('image.tag')]],
  ['a parameter for another key', 'image.tag', IMAGE, [set('image.tags')]],
  ['a parameter for an element', 'pods[0].tag', LIST, [set('pods[0].tag')]],
  ['a parameter for another element', 'pods[0].tag', LIST, [set('pods[1].tag')]],
  [
    'a parameter from a file',
    'image.tag',
    IMAGE,
    [{ kind: 'file-parameters', at: 'fileParameters', names: ['image.tag'] }],
  ],
])('%s: Helm agrees', { timeout: 60_000 }, async (_what, path, values, layers) => {
  // As the chart's own values, and as a file before the layers.
  for (const overDefaults of [true, false]) {
    const given = (tag: string) => (overDefaults ? layers : [file(values(tag)), ...layers]);
    const rendered = await Promise.all(
      ['1.0.0', '1.1.0'].map((tag) => render(overDefaults ? values(tag) : '', given(tag))),
    );
    const winning = overridingLayers({ target: TARGET, slot: slotAt(path), overDefaults }, layers);
    expect([overDefaults, winning.length > 0]).toEqual([overDefaults, rendered[0] === rendered[1]]);
  }
});
