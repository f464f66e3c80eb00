/** What is used of React, from 16.8 on: Argo CD brings it, and a script that brought another would not work inside it. */
export interface React {
  createElement(type: ElementType, props: ElementProps, ...children: readonly Child[]): ReactElement;
  useState<State>(
    initial: State | (() => State),
  ): [State, (next: State | ((before: State) => State)) => void];
  useEffect(effect: () => (() => void) | void, dependencies: readonly unknown[]): void;
  readonly Component: new <Props, State>(
    props: Props,
  ) => {
    readonly props: Props;
    state: State;
    setState(next: Partial<State>): void;
  };
}

/** Opaque: made by `createElement`, read by React. */
export interface ReactElement {
  readonly type: unknown;
}

export type Child = ReactElement | string | number | false | undefined;

type ElementType = string | ((props: never) => unknown) | (new (props: never) => unknown);

type ElementProps = Readonly<Record<string, unknown>> | null;

/** `createElement`, whose children are text unless they are elements: React escapes all of it. */
export type CreateElement = React['createElement'];
