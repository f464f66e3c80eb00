import { LynceusError } from '../../errors.ts';
import type { ImageSlot, TrackedImage, ValueTemplate } from '../policy.ts';
import { eachPresent, type Presence } from '../presence.ts';
import { quoted } from '../quoted.ts';
import { placesOf } from '../several-keys.ts';
import type { Fence } from './fence.ts';
import { askingOf, isAbout, literalRemote, ruleHint, type AskedWrite } from './judge-write.ts';
import { concernsApplication, grantsText, literalGlob } from './permission-rule.ts';
import { whyNoVersionKey } from './version-key.ts';
import type { WrittenKey } from './written-key.ts';

/** An image and where it is written, which is allowed. */
type AskedKeys = AskedWrite & Pick<TrackedImage, 'image' | 'destination'> & { readonly path: string };

/**
 * The refusal of the first key of a values file that an image may not write: it holds no part of an image by its shape, is
 * not made for one, and no rule allows it. `permission-denied`, or `undefined` where all of them may be written. It holds
 * in every installation.
 */
export function judgeKeys(asked: AskedKeys, presence: Presence, fence: Fence): LynceusError | undefined {
  const { image, destination, path } = asked;
  const slots = placesOf(destination.slot);
  const now = presence.kind === 'present' ? eachPresent(presence.image) : [];
  const registries = now.flatMap((one) => one?.registry ?? []);
  for (const [index, keys] of (presence.keys ?? []).entries()) {
    const template = templateOf(slots[index]);
    const context = { image, registries, template, beside: keys, isChart: isChart(path) };
    for (const key of keys) {
      const why = whyNoVersionKey(key, context);
      if (why !== undefined && !isGranted(key, asked, fence)) return denied(key, why, asked);
    }
  }
  return undefined;
}

function isGranted({ path, slotPath }: WrittenKey, asked: AskedKeys, { rules }: Fence): boolean {
  const asking = askingOf(asked);
  return rules.some(
    (rule) =>
      concernsApplication(rule, asking) &&
      isAbout(rule, asked) &&
      [path, slotPath].some((text) => grantsText(rule, 'keys', text)),
  );
}

function denied({ path: key, slotPath }: WrittenKey, why: string, asked: AskedKeys): LynceusError {
  const { project, namespace, name } = askingOf(asked);
  const rule = {
    projects: [project],
    namespaces: [namespace],
    applications: [name],
    remotes: [literalRemote(asked.target)],
    paths: [literalGlob(asked.path)],
    keys: [literalGlob(slotPath)],
  };
  const message = `${asked.path}: the key ${quoted(key)} may not be written: ${why}`;
  return new LynceusError('permission-denied', message, {
    hint: `name the key of an image in the annotation, or ${ruleHint(rule)}`,
  });
}

function templateOf(slot: ImageSlot | undefined): ValueTemplate | undefined {
  return slot !== undefined && 'template' in slot ? slot.template : undefined;
}

function isChart(path: string): boolean {
  return /(?:^|\/)Chart\.ya?ml$/.test(path);
}
