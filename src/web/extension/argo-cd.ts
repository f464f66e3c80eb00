import type { React, ReactElement } from './react.ts';

/** What is read of an Application, as Argo CD's page has it. */
export interface ShownApplication {
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly project?: string };
}

/**
 * What Argo CD gives to a tab of a resource (developer-guide/extensions/ui-extensions): `application` is the one whose page is open,
 * `resource` the one whose tab it is. They differ for an Application that another one deploys.
 */
export interface TabProps {
  readonly application: ShownApplication;
  readonly resource?: Partial<ShownApplication>;
}

/** A class, so that it can catch what its parts throw. */
export type TabComponent = new (props: TabProps) => { render(): ReactElement };

/** The globals of Argo CD's page that an extension may count on. */
export interface ArgoCdPage {
  readonly React?: React;
  readonly extensionsAPI?: {
    registerResourceExtension(
      component: TabComponent,
      group: string,
      kind: string,
      title: string,
      options: { readonly icon: string },
    ): void;
  };
  /** What EXTENSION_JS_VARS of the installer said; keys are in upper case, values are text. */
  readonly LYNCEUS_VARS?: Readonly<Record<string, string>>;
  readonly document: {
    /** Where the page lies, with the path of `--rootpath` or `--basehref`. */
    readonly baseURI: string;
    readonly hidden: boolean;
    addEventListener(event: 'visibilitychange', listener: () => void): void;
    removeEventListener(event: 'visibilitychange', listener: () => void): void;
  };
  fetch(address: string, options: PageFetch): Promise<Answer>;
  setTimeout(run: () => void, milliseconds: number): number;
  clearTimeout(timer: number): void;
  readonly console: { error(...parts: readonly unknown[]): void };
}

export interface PageFetch {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly redirect: 'error' | 'follow';
}

export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The Application whose images a tab shows: the resource itself, for it is the one whose tab it is. */
export function applicationOf({ application, resource }: TabProps): ShownApplication {
  const isApplication = resource?.kind === undefined || resource.kind === 'Application';
  return isApplication && resource?.metadata !== undefined && resource.spec !== undefined
    ? { metadata: resource.metadata, spec: resource.spec }
    : application;
}

/** The headers by which Argo CD decides whether this person may (developer-guide/extensions/proxy-extensions). */
export function proxyHeaders({ metadata, spec }: ShownApplication): Readonly<Record<string, string>> {
  return {
    'Argocd-Application-Name': `${metadata.namespace}:${metadata.name}`,
    // As Argo CD reads a project that is not named.
    'Argocd-Project-Name': spec.project === undefined || spec.project === '' ? 'default' : spec.project,
  };
}
