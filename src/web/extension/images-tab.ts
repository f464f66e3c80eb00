import type { ImageStatus } from '../../core/status/image-status.ts';
import type { PipelineStage, StatusPage } from '../../core/status/status-pages.ts';
import {
  applicationOf,
  proxyHeaders,
  type ArgoCdPage,
  type ShownApplication,
  type TabComponent,
  type TabProps,
} from './argo-cd.ts';
import { createAskStatus, type Answered, type AskStatus } from './ask-status.ts';
import type { Failure } from './describe-failure.ts';
import { askAgain } from './ask-again.ts';
import { createImageCard, type ImageCardProps } from './image-card.ts';
import type { React, ReactElement } from './react.ts';
import { STYLE } from './style.ts';
import { linkAddress } from './text.ts';
import { createView, type View } from './view.ts';

type Page = Omit<ArgoCdPage, 'React' | 'extensionsAPI'>;

interface Shown {
  readonly turn: number;
  /** `undefined` until the first answer. */
  readonly images: readonly ImageStatus[] | undefined;
  readonly stages: readonly PipelineStage[];
  /** Why the last question was not answered. */
  readonly failure: Failure | undefined;
}

const EVERY = 10_000;
const AT_ONCE = 50;
/** Images of an Application that are open from the beginning. */
const FEW = 3;
const NOTHING: Shown = { turn: 0, images: undefined, stages: [], failure: undefined };

/** The tab as Argo CD renders it. A defect in it is shown in its place: outside of it nobody would catch it, and the page be gone. */
export function createImagesTab(react: React, page: Page): TabComponent {
  // A method of React may count on its `this`.
  const view = createView((type, props, ...children) => react.createElement(type, props, ...children));
  const Tab = createTab(react, page, view);
  return class ImagesTab extends react.Component<TabProps, { readonly isBroken: boolean }> {
    override state = { isBroken: false };

    static getDerivedStateFromError(): { isBroken: boolean } {
      return { isBroken: true };
    }

    componentDidCatch(error: unknown): void {
      page.console.error('lynceus: the tab could not be shown', error);
    }

    render(): ReactElement {
      const { h } = view;
      if (this.state.isBroken)
        return h('p', null, 'The images could not be shown; the console of the browser says why.');
      const application = applicationOf(this.props);
      const { 'Argocd-Application-Name': name, 'Argocd-Project-Name': project } = proxyHeaders(application);
      // Another Application is another tab: nothing of one is ever shown for another.
      return h(Tab, { key: `${name} ${project}`, application });
    }
  };
}

function createTab(
  react: React,
  page: Page,
  view: View,
): (props: { readonly application: ShownApplication }) => ReactElement {
  const ImageCard = createImageCard(react, view);
  return function Tab({ application }) {
    const [ask] = react.useState<AskStatus>(() => createAskStatus(page, proxyHeaders(application)));
    const [shown, setShown] = react.useState<Shown>(NOTHING);
    const [most, setMost] = react.useState(AT_ONCE);
    react.useEffect(
      () =>
        askAgain(page, {
          every: EVERY,
          async ask(signal) {
            const answered = await askImages(ask, signal);
            if (!signal.aborted) setShown((before) => withAnswer(before, answered));
            return answered.ok;
          },
        }),
      [ask],
    );
    return render(view, {
      shown,
      address: pageOf(page, application),
      cards: (shown.images ?? []).slice(0, most).map((image) => {
        const stage = shown.stages.find(({ imageId }) => imageId === image.id);
        const startsOpen = (shown.images?.length ?? 0) <= FEW;
        const props: ImageCardProps = { image, stage, startsOpen, turn: shown.turn, ask };
        return view.h(ImageCard, { key: image.id, ...props });
      }),
      onMore: () => setMost(most + AT_ONCE),
    });
  };
}

interface Answers {
  readonly images: readonly ImageStatus[];
  readonly stages: readonly PipelineStage[];
}

async function askImages(ask: AskStatus, signal: AbortSignal): Promise<Answered<Answers>> {
  const images: ImageStatus[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const from: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const part: Answered<StatusPage<ImageStatus>> = await ask(
      `images?sort=attention&limit=100${from}`,
      signal,
    );
    if (!part.ok) return part;
    images.push(...part.content.items);
    after = part.content.next;
  }
  const isPromoted = images.some(({ policy }) => (policy?.promoteFrom.length ?? 0) > 0);
  if (!isPromoted) return { ok: true, content: { images, stages: [] } };
  const pipeline = await ask<{ readonly items: readonly PipelineStage[] }>('pipeline', signal);
  return { ok: true, content: { images, stages: pipeline.ok ? pipeline.content.items : [] } };
}

/** What was seen stays while nobody answers, unless this person may not see it any more. */
function withAnswer(before: Shown, answered: Answered<Answers>): Shown {
  const turn = before.turn + 1;
  if (answered.ok) return { turn, ...answered.content, failure: undefined };
  const { failure } = answered;
  return failure.isRefused ? { ...NOTHING, turn, failure } : { ...before, turn, failure };
}

/** This Application on the status page, where the address of that is known. */
function pageOf({ LYNCEUS_VARS }: Page, { metadata }: ShownApplication): string | undefined {
  const base = linkAddress(LYNCEUS_VARS?.['PAGE_URL']);
  if (base === undefined) return undefined;
  const address = new URL(base);
  address.searchParams.set('namespace', metadata.namespace);
  address.searchParams.set('application', metadata.name);
  return address.href;
}

interface Parts {
  readonly shown: Shown;
  readonly address: string | undefined;
  readonly cards: readonly ReactElement[];
  readonly onMore: () => void;
}

function render(view: View, { shown, address, cards, onMore }: Parts): ReactElement {
  const { h } = view;
  const { images, failure } = shown;
  const left = (images?.length ?? 0) - cards.length;
  return h(
    'div',
    { className: 'lynceus-images' },
    h('style', null, STYLE),
    h(
      'div',
      { role: 'status' },
      images === undefined && failure === undefined && h('p', null, 'Loading the images…'),
      failure !== undefined && notice(view, failure, images !== undefined),
      images?.length === 0 && failure === undefined && nothing(view),
    ),
    h('ul', { 'aria-label': 'Images' }, ...cards),
    left > 0 && h('button', { type: 'button', onClick: onMore }, `Show more (${left} left)`),
    address !== undefined && h('p', null, view.link(address, 'This Application on the page of Lynceus')),
  );
}

function notice({ h, foreign }: View, { title, hint }: Failure, isOld: boolean): ReactElement {
  return h(
    'div',
    { className: 'white-box lynceus-images__notice' },
    h('strong', null, foreign(title)),
    h('p', null, foreign(hint, 800)),
    isOld && h('p', null, 'What is below was known before.'),
  );
}

function nothing({ h, code }: View): ReactElement {
  return h(
    'div',
    { className: 'white-box' },
    h('strong', null, 'Lynceus keeps no image of this Application up to date.'),
    h(
      'p',
      null,
      'It does once the Application names one: by the annotation ',
      code('argocd-image-updater.argoproj.io/image-list'),
      ' or by an ImageUpdater. What was just added is here after the next cycle.',
    ),
  );
}
