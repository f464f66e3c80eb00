import { decideChosen, incomplete, nothingFits, nothingMatches } from './decision.ts';
import {
  checkTag,
  isHidden,
  lacksImages,
  newest,
  requiredPlatforms,
  type TagCheck,
  type TagLookup,
} from './check-tag.ts';
import type { Rejection } from './reason.ts';
import { stepBackByBuild, stepBackUnlisted } from './step-back.ts';
import type { TagCandidate } from './strategies/strategy.ts';
import { decided, type Stepper, type TagSearch } from './selection-step.ts';

/** All tags are read before one is chosen: any of them may be the last build. */
export function byBuild({ input, rule, tags, present }: TagSearch): Stepper {
  const considered = tags.length;
  if (considered === 0) return () => decided(nothingMatches(input, 0));
  const required = requiredPlatforms(input.policy, input.platformDefaults);
  return (facts) => {
    const read: (readonly [string, TagLookup])[] = [];
    const missing: string[] = [];
    for (const tag of tags) {
      const knowledge = facts.get(tag);
      if (knowledge === undefined || lacksImages(knowledge)) missing.push(tag);
      else read.push([tag, knowledge]);
    }
    if (missing.length > 0)
      return { kind: 'need', tags: missing, needs: { images: true, created: required ?? [] } };
    const dated: TagCandidate[] = [];
    const fitting = new Map<string, Extract<TagCheck, { kind: 'fit' }>>();
    const rejected: Rejection[] = [];
    for (const [tag, knowledge] of read) {
      const check = checkTag(tag, knowledge, required);
      // Any tag that could not be read might have been the newest.
      if (check.kind === 'unreadable') return decided(incomplete(tag, check.error));
      if (check.kind === 'unfit') {
        rejected.push(check.why);
        continue;
      }
      dated.push({ tag, created: newest(check.images) });
      fitting.set(tag, check);
    }
    const [last = ''] = rule.rank(dated);
    // Another tag of the image in force is no newer build.
    const isSame = fitting.get(present?.tag ?? '')?.facts.digest === fitting.get(last)?.facts.digest;
    const best = isSame ? (present?.tag ?? '') : last;
    const check = fitting.get(best);
    if (check === undefined) return decided(nothingFits([...rejected, { kind: 'no-build-times' }]));
    const chosen = { tag: best, digest: rule.pinsDigest ? check.facts.digest : undefined };
    const choice = { input, chosen, considered, rejected };
    if (present === undefined || present.tag === best) return decided(decideChosen(choice, check.images));
    const built = newest(check.images);
    if (present.isWord)
      return decided(decideChosen({ ...choice, stepBack: stepBackUnlisted(present, built) }, check.images));
    const reference = tags.includes(present.tag ?? '') ? (present.tag ?? '') : present.reference;
    const known = facts.get(reference);
    if (known === undefined)
      return { kind: 'need', tags: [reference], needs: { images: true, created: required ?? [] } };
    if (isHidden(known)) return decided(incomplete(reference, known.error));
    const stepBack = stepBackByBuild(known, { facts: check.facts, built });
    return decided(decideChosen({ ...choice, stepBack }, check.images));
  };
}
