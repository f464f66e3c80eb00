import type { Notice } from '../core/notices/notice.ts';

/** In which colour a notice is shown, where a service has colours. */
export type Tone = 'good' | 'neutral' | 'warning' | 'bad';

const GOOD: readonly Notice['kind'][] = ['verified', 'recovered'];

export function toneOf({ kind, severity }: Pick<Notice, 'kind' | 'severity'>): Tone {
  switch (severity) {
    case 'error':
      return 'bad';
    case 'warning':
      return 'warning';
    case 'info':
      return GOOD.includes(kind) ? 'good' : 'neutral';
  }
}
