import type { ChangeStatus, ImageStatus } from '../../core/status/image-status.ts';
import type { ImageStory, PipelineStage } from '../../core/status/status-pages.ts';
import { OUTCOMES } from '../outcome.ts';
import type { AskStatus } from './ask-status.ts';
import { imageFacts, versionsOf } from './image-facts.ts';
import type { React, ReactElement } from './react.ts';
import { aliasOf } from './text.ts';
import type { View } from './view.ts';

export interface ImageCardProps {
  readonly image: ImageStatus;
  readonly stage: PipelineStage | undefined;
  readonly startsOpen: boolean;
  /** Another number each time that something was asked: then the story is asked for as well. */
  readonly turn: number;
  readonly ask: AskStatus;
}

/** Changes that are shown of one image. */
const MOST_CHANGES = 10;

/** One image; what it takes another question to know is asked for while it is open. */
export function createImageCard(react: React, view: View): (props: ImageCardProps) => ReactElement {
  const { h } = view;
  return function ImageCard({ image, stage, startsOpen, turn, ask }) {
    const [isOpen, setOpen] = react.useState(startsOpen);
    const [story, setStory] = react.useState<ImageStory | undefined>(undefined);
    react.useEffect(() => {
      if (!isOpen) return undefined;
      const over = new AbortController();
      ask<ImageStory>(`images/${image.id}`, over.signal)
        .then((answered) => {
          if (answered.ok && !over.signal.aborted) setStory(answered.content);
        })
        // Nobody waits for it any more.
        .catch(() => undefined);
      return () => over.abort();
    }, [isOpen, image.id, turn, ask]);
    const title = `lynceus-image-${image.id}`;
    return h(
      'li',
      { className: 'white-box', 'aria-labelledby': title },
      head(view, image, title),
      h(
        'p',
        null,
        view.foreign(image.reason, REASON),
        ' ',
        h('span', { className: MUTED }, 'since ', view.time(image.since)),
      ),
      isOpen && details(view, { image, stage, story }),
      h(
        'button',
        { type: 'button', 'aria-expanded': isOpen, onClick: () => setOpen(!isOpen) },
        isOpen ? 'Less' : 'More',
        h('span', { className: 'lynceus-images__unseen' }, ' about ', view.foreign(nameOf(image), NAME)),
      ),
    );
  };
}

const MUTED = 'lynceus-images__muted';
const NAME = 120;
const REASON = 1_000;

function nameOf(image: ImageStatus): string {
  return aliasOf(image.id) || image.image;
}

function head({ h, foreign, code }: View, image: ImageStatus, title: string): ReactElement {
  const { now, next } = versionsOf(image);
  const { behind = 0 } = image;
  return h(
    'div',
    null,
    h(
      'div',
      { className: 'lynceus-images__head' },
      h('h3', { id: title }, foreign(nameOf(image), NAME)),
      h(
        'span',
        { className: `lynceus-images__outcome lynceus-images__outcome--${image.outcome}`, title: image.code },
        OUTCOMES[image.outcome],
      ),
    ),
    h('div', { className: MUTED }, code(image.image)),
    h(
      'div',
      { className: 'lynceus-images__versions' },
      h('span', null, 'in force ', code(now, NAME)),
      next !== undefined &&
        h('span', null, image.outcome === 'updated' ? 'written ' : 'next ', code(next, NAME)),
      behind > 0 && h('span', null, `${behind} ${behind === 1 ? 'version' : 'versions'} behind`),
    ),
  );
}

function details(
  view: View,
  known: {
    readonly image: ImageStatus;
    readonly stage: PipelineStage | undefined;
    readonly story: ImageStory | undefined;
  },
): ReactElement {
  const { h } = view;
  const facts = imageFacts(view, known);
  const changes = known.story?.changes.slice(0, MOST_CHANGES) ?? [];
  return h(
    'div',
    null,
    facts.length > 0 &&
      h(
        'dl',
        null,
        ...facts.flatMap(({ label, values }) => [
          h('dt', { key: `${label} term` }, label),
          h('dd', { key: label }, values.length === 1 ? values[0] : view.list(values)),
        ]),
      ),
    changes.length > 0 && h('h4', null, 'What happened'),
    changes.length > 0 &&
      h('ul', { className: 'lynceus-images__changes' }, ...changes.map((change) => changeLine(view, change))),
  );
}

function changeLine({ h, time, foreign, link }: View, change: ChangeStatus): ReactElement {
  const { id, at, text, by, git, pullRequest } = change;
  return h(
    'li',
    { key: id },
    h('span', { className: MUTED }, time(at)),
    ' ',
    foreign(text),
    by !== undefined && h('span', null, ' by ', foreign(by, NAME)),
    git?.commit !== undefined && h('span', null, ' ', link(git.commitUrl, git.commit.slice(0, 12))),
    pullRequest !== undefined && h('span', null, ' ', link(pullRequest, 'pull request')),
  );
}
