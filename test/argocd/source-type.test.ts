import { describe, expect, test } from 'vitest';
import { chooseSource } from '../../src/argocd/source-type.ts';
import type { SourceType } from '../../src/argocd/source-type.ts';
import type { ApplicationSource } from '../../src/argocd/application.ts';
import { anApplication, aSource, HELM, KUSTOMIZE, PLUGIN } from './an-application.ts';

/** Sources in short: `h` has a helm block, `k` kustomize, `p` plugin, `c` is a chart, `r` only a ref, `-` says nothing. */
const SOURCES: Readonly<Record<string, Partial<ApplicationSource>>> = {
  h: HELM,
  k: KUSTOMIZE,
  p: PLUGIN,
  c: { chart: 'web', path: '' },
  C: { ...HELM, chart: 'web', path: '' },
  r: { ref: 'values', path: '' },
  '-': {},
};

describe('chooseSource', () => {
  test.each<[string, string, SourceType | undefined, number, SourceType | undefined]>([
    // sources, status, type that the target forces -> index, type
    ['h', '', undefined, 0, 'Helm'],
    ['k', '', undefined, 0, 'Kustomize'],
    ['p', '', undefined, 0, 'Plugin'],
    ['c', '', undefined, 0, 'Helm'],
    ['-', '', undefined, 0, undefined],
    ['-', 'Directory', undefined, 0, undefined],
    ['-', 'Helm', undefined, 0, 'Helm'],
    ['-', 'Plugin', undefined, 0, 'Plugin'],
    ['h', 'Kustomize', undefined, 0, 'Helm'],
    ['k', 'Directory', undefined, 0, 'Kustomize'],
    ['-', 'Nonsense', undefined, 0, undefined],
    // Several sources.
    ['-h', '', undefined, 1, 'Helm'],
    ['kh', '', undefined, 0, 'Kustomize'],
    ['kh', 'Kustomize,Helm', undefined, 0, 'Kustomize'],
    ['hk', 'Directory,Kustomize', undefined, 1, 'Kustomize'],
    ['--', 'Directory,Kustomize', undefined, 1, 'Kustomize'],
    ['--', 'Kustomize', undefined, 0, 'Kustomize'],
    ['-h', 'Helm,Helm', undefined, 1, 'Helm'],
    ['hh', 'Helm,Helm', undefined, 0, 'Helm'],
    ['rc', '', undefined, 1, 'Helm'],
    ['Cr', 'Helm,Directory', undefined, 0, 'Helm'],
    ['r-', '', undefined, 1, undefined],
    ['h-', 'Kustomize', undefined, 1, 'Kustomize'],
    // The target forces a type.
    ['-', '', 'Helm', 0, 'Helm'],
    ['k', 'Kustomize', 'Helm', 0, 'Helm'],
    ['hk', '', 'Kustomize', 1, 'Kustomize'],
    ['hk', '', 'Helm', 0, 'Helm'],
    ['c-', 'Helm,Kustomize', 'Kustomize', 1, 'Kustomize'],
    ['C-', '', 'Kustomize', 1, 'Kustomize'],
    ['Cr', '', 'Kustomize', 0, 'Kustomize'],
    ['kc', '', 'Helm', 1, 'Helm'],
    ['kr-', '', 'Helm', 2, 'Helm'],
    ['ch', '', 'Helm', 1, 'Helm'],
  ])('%j with status %j and target for %j: source %i, %j', (short, status, forced, index, type) => {
    const sources = [...short].map((letter) => aSource(SOURCES[letter]));
    const chosen = chooseSource(
      anApplication(
        {},
        { sources, multiSource: short.length > 1, sourceTypes: status === '' ? [] : status.split(',') },
      ),
      forced,
    );

    expect(chosen?.source).toBe(sources[index]);
    expect(chosen?.type).toBe(type);
    expect(chosen?.at).toBe(short.length > 1 ? `spec.sources[${index}]` : 'spec.source');
  });

  test('without any source nothing is chosen', () => {
    expect(chooseSource(anApplication({}, { sources: [] }), undefined)).toBeUndefined();
  });
});
