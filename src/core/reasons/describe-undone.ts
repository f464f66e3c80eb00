import { plainLine } from '../quoted.ts';
import type { OwnerFacts, Warning } from './warning.ts';

/** Longest name of an object in Kubernetes. */
const LONGEST_NAME = 253;

/** The owner of a manifest, as a part of a sentence: its name is foreign text. */
export function ownerName({ kind, name }: Pick<OwnerFacts, 'kind' | 'name'>): string {
  return plainLine(`${kind} ${name}`.slice(0, LONGEST_NAME));
}

export function isOwnerWarning(warning: Warning): warning is Extract<Warning, { code: 'may-be-undone' }> {
  return warning.code === 'may-be-undone';
}

/** That an annotation which was set by hand may not stay. */
export function mayEndText({ mark, ...owner }: OwnerFacts): string {
  const verb = mark === 'made' ? 'made' : 'deploys';
  return `the ${ownerName(owner)} ${verb} the Application and may put its annotations back as it has them: write the annotation pause there to be sure`;
}
