import type { CycleProgress } from '../../app/compose.ts';
import type { TextSink } from '../io.ts';

const STAGES: Readonly<Record<CycleProgress['stage'], string>> = {
  applications: 'reading Applications',
  present: 'reading Git remotes',
  tags: 'asking registries',
  plan: 'planning',
  write: 'writing',
};

/** One line that rewrites itself, on a terminal only: pipes and log files get nothing. */
export function createProgressLine(sink: TextSink): {
  readonly show: (progress: CycleProgress) => void;
  readonly clear: () => void;
} {
  let shown = false;
  return {
    show: ({ stage, done, total }) => {
      if (sink.isTTY !== true) return;
      shown = true;
      sink.write(`\r\u001B[2K${STAGES[stage]} ${done}/${total}`);
    },
    clear: () => {
      if (!shown) return;
      shown = false;
      sink.write('\r\u001B[2K');
    },
  };
}
