import type { AttestationRule, TextRule } from '../core/gates/signature-policy.ts';
import { fitsRule, ruleText } from '../core/gates/text-rule.ts';
import { readGitRemote } from '../core/git/remote.ts';
import type { SignatureFlaw } from '../core/reasons/signature-flaw.ts';
import { objectField, objectList, textField, type JsonObject } from '../http/json.ts';

/**
 * Why the provenance of an image is not what a rule asks for; `undefined` when it is. The predicates are those of SLSA 0.2 and 1.0
 * (slsa.dev, "Provenance"), which have these in different places.
 */
export function findProvenanceFlaw(
  predicate: JsonObject,
  { builder, sourceRepository }: AttestationRule,
): SignatureFlaw | undefined {
  if (builder !== undefined) {
    const found = builderOf(predicate);
    if (!fitsRule(builder, found)) return { kind: 'builder', found, expected: [ruleText(builder)] };
  }
  if (sourceRepository !== undefined) {
    const found = sourceOf(predicate);
    if (!isSource(sourceRepository, found))
      return { kind: 'source-repository', found, expected: [ruleText(sourceRepository)] };
  }
  return undefined;
}

function builderOf(predicate: JsonObject): string {
  const id = textField(objectField(objectField(predicate, 'runDetails'), 'builder'), 'id');
  return id === '' ? textField(objectField(predicate, 'builder'), 'id') : id;
}

/** The Git remote, as the builder wrote it, without the revision. */
function sourceOf(predicate: JsonObject): string {
  const definition = objectField(predicate, 'buildDefinition');
  const workflow = objectField(objectField(definition, 'externalParameters'), 'workflow');
  const [first] = objectList(definition['resolvedDependencies']) ?? [];
  const config = objectField(objectField(predicate, 'invocation'), 'configSource');
  const places = [
    textField(workflow, 'repository'),
    first === undefined ? '' : textField(first, 'uri'),
    textField(config, 'uri'),
  ];
  return withoutRevision(places.find((text) => text !== '') ?? '');
}

/** A URI of SPDX, `git+https://host/path@revision#file`, is no URL for git. */
function withoutRevision(uri: string): string {
  const [, url = uri] = /^git\+(.*)$/s.exec(uri) ?? [];
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/]*\/[^@#]*)[@#].*$/is, '$1');
}

function isSource(rule: TextRule, found: string): boolean {
  if (rule.kind === 'expression') return fitsRule(rule, found);
  const [wanted, built] = [readGitRemote(rule.text), readGitRemote(found)];
  return 'key' in wanted && 'key' in built && wanted.key === built.key;
}
