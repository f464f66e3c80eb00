import { judgeWindows } from '../windows/judge-windows.ts';
import type { Gate } from './gate.ts';

/**
 * A version is written while the update windows are open. It is held outside, and no other is written in its place: an
 * older one would have to wait as well.
 */
export const WINDOW_GATE: Gate<'window'> = {
  applies: ({ windows }) => windows !== undefined,
  bindsDigest: false,
  judge(candidate, answer) {
    if (answer instanceof Error)
      return {
        kind: 'held',
        why: { code: 'gate-unavailable', facts: { gate: 'window', candidate, error: answer } },
      };
    const judged = judgeWindows(answer.groups, answer.now);
    if (judged.kind === 'open') return { kind: 'pass' };
    const { from, window, opensAt } = judged;
    return { kind: 'held', why: { code: 'outside-window', facts: { candidate, from, window, opensAt } } };
  },
};
