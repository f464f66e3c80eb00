import { LynceusError } from '../../errors.ts';
import type { ImageSlot, TrackedImage, ValueTemplate } from '../policy.ts';
import { eachPresent, type Presence } from '../presence.ts';
import { quoted } from '../quoted.ts';
import { placesOf } from '../several-keys.ts';
import type { Fence } from './fence.ts';
import { isAbout, literalRemote, ruleHint, type AskedWrite } from './judge-write.ts';
import {
  askingOf,
  concernsApplication,
  grantsText,
  literalGlob,
  ruleFor,
  type PermissionRule,
} from './permission-rule.ts';
import { whyNoVersionKey } from './version-key.ts';
import type { WrittenKey } from './written-key.ts';

/** An image and where it is written, which is allowed. */
type AskedKeys = AskedWrite & Pick<TrackedImage, 'image' | 'destination'> & { readonly path: string };

/** A key that needs a rule: why, and which. */
export interface DeniedKey {
  readonly key: WrittenKey;
  readonly why: string;
  readonly rule: Partial<PermissionRule>;
}

/**
 * The refusal of the first key of a values file that an image may not write: it holds no part of an image by its shape, is
 * not made for one, and no rule allows it. `permission-denied`, or `undefined` where all of them may be written. It holds
 * in every installation.
 */
export function judgeKeys(asked: AskedKeys, presence: Presence, fence: Fence): LynceusError | undefined {
  const [denied] = deniedKeys(asked, presence, fence);
  if (denied === undefined) return undefined;
  const { key, why, rule } = denied;
  const message = `${asked.path}: the key ${quoted(key.path)} may not be written: ${why}`;
  return new LynceusError('permission-denied', message, {
    hint: `name the key of an image in the annotation, or ${ruleHint(rule)}`,
  });
}

/** All keys that an image may not write, each with the rule that allows it. */
export function deniedKeys(asked: AskedKeys, presence: Presence, fence: Fence): readonly DeniedKey[] {
  const { image, destination, path } = asked;
  const slots = placesOf(destination.slot);
  const now = presence.kind === 'present' ? eachPresent(presence.image) : [];
  const registries = now.flatMap((one) => one?.registry ?? []);
  return (presence.keys ?? []).flatMap((keys, index) => {
    const template = templateOf(slots[index]);
    const context = { image, registries, template, beside: keys, isChart: isChart(path) };
    return keys.flatMap((key) => {
      const why = whyNoVersionKey(key, context);
      return why === undefined || isGranted(key, asked, fence)
        ? []
        : [{ key, why, rule: ruleOf(key, asked) }];
    });
  });
}

function isGranted(key: WrittenKey, asked: AskedKeys, { rules }: Fence): boolean {
  const asking = askingOf(asked);
  const texts = new Set([key.path, nameOf(key)]);
  return rules.some(
    (rule) =>
      concernsApplication(rule, asking) &&
      isAbout(rule, asked) &&
      [...texts].some((text) => grantsText(rule, 'keys', text)),
  );
}

/** How a rule names a key: as the annotation does, which means no key that only shares its anchor. */
function nameOf({ path, slotPath, isShared }: WrittenKey): string {
  return isShared ? path : slotPath;
}

function ruleOf(key: WrittenKey, asked: AskedKeys): Partial<PermissionRule> {
  return ruleFor(askingOf(asked), {
    remotes: [literalRemote(asked.target)],
    paths: [literalGlob(asked.path)],
    keys: [literalGlob(nameOf(key))],
  });
}

function templateOf(slot: ImageSlot | undefined): ValueTemplate | undefined {
  return slot !== undefined && 'template' in slot ? slot.template : undefined;
}

function isChart(path: string): boolean {
  return /(?:^|\/)Chart\.ya?ml$/.test(path);
}
