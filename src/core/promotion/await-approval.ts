import { applicationText } from '../identity/application.ts';
import { formatName } from '../image/reference.ts';
import type { TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { Decision } from '../selection/decision.ts';

/** The decision for an image whose versions somebody has to promote: an update is held until then. */
export function awaitApproval(
  { application, alias, image, policy: { promotion } }: TrackedImage,
  decision: Decision,
): Decision {
  if (decision.outcome !== 'update' || promotion?.approval !== 'command') return decision;
  const { to: candidate } = decision;
  const name = alias === '' ? formatName(image) : alias;
  const command = `lynceus promote ${applicationText(application)} ${name} ${candidate.pinned === true ? candidate.tag : (versionText(candidate) ?? '')}`;
  const upstreams = promotion.from.map(({ text }) => text);
  return {
    outcome: 'held',
    code: 'awaiting-approval',
    facts: { candidate, upstreams, command },
    candidate,
  };
}
