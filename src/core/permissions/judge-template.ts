import { LynceusError } from '../../errors.ts';
import { gitTargetOf, type TrackedImage, type ValueTemplate } from '../policy.ts';
import { quoted } from '../quoted.ts';
import { placesOf } from '../several-keys.ts';
import type { Fence } from './fence.ts';
import { isAbout, literalRemote, ruleHint } from './judge-write.ts';
import {
  askingOf,
  concernsApplication,
  grantsText,
  literalGlob,
  ruleFor,
  type PermissionRule,
} from './permission-rule.ts';

/** What is put around a version and means nothing to anybody who runs it. */
const DECORATION = /^[A-Za-z0-9._:/@+-]*$/;
const LONGEST_DECORATION = 32;

/**
 * The refusal of the value template of an image: text around the version is up to 32 letters, digits and `._:/@+-`, and every
 * other needs a rule with `templates`. `permission-denied`, or `undefined`. It holds in every installation.
 */
export function judgeTemplate(image: TrackedImage, fence: Fence): LynceusError | undefined {
  const rule = templateRule(image, fence);
  if (rule === undefined) return undefined;
  const expected = `expected up to ${LONGEST_DECORATION} letters, digits and . _ : / @ + - around the placeholders`;
  const found = quoted(templateOf(image)?.text ?? '');
  return new LynceusError('permission-denied', `${expected}, found ${found}`, { hint: ruleHint(rule) });
}

/** The rule that the value template of an image needs and that is not there; `undefined` where none is needed. */
export function templateRule(
  image: TrackedImage,
  { rules }: Pick<Fence, 'rules'>,
): Partial<PermissionRule> | undefined {
  const template = templateOf(image);
  if (template === undefined || isDecoration(template)) return undefined;
  const asking = askingOf(image);
  const { text } = template;
  const isGranted = rules.some(
    (rule) =>
      concernsApplication(rule, asking) && isForPlace(rule, image) && grantsText(rule, 'templates', text),
  );
  if (isGranted) return undefined;
  const target = gitTargetOf(image);
  return ruleFor(asking, {
    ...(target === undefined ? {} : { remotes: [literalRemote(target)] }),
    templates: [literalGlob(text)],
  });
}

/** All places of an image have the same. */
function templateOf({ destination: { slot } }: TrackedImage): ValueTemplate | undefined {
  return placesOf(slot).flatMap((place) => ('template' in place ? (place.template ?? []) : []))[0];
}

function isDecoration({ literals }: ValueTemplate): boolean {
  const text = literals.join('');
  return text.length <= LONGEST_DECORATION && DECORATION.test(text);
}

/** A rule for remotes, branches or paths is for those only, and the live Application is none. */
function isForPlace(rule: PermissionRule, image: TrackedImage): boolean {
  const target = gitTargetOf(image);
  if (target !== undefined) return isAbout(rule, { ...image, target });
  return [rule.remotes, rule.branches, rule.paths].every((list) => list.length === 0);
}
