/** Why there is nothing to show. */
export interface Failure {
  /** What is the case, one sentence. */
  readonly title: string;
  /** What to do, and who. */
  readonly hint: string;
  /** Whether the person may no longer see what was shown before. */
  readonly isRefused: boolean;
}

export interface FailedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const LONGEST = 300;

/** When nobody answered. */
export const UNREACHABLE: Failure = {
  title: 'Argo CD did not answer.',
  hint: 'Check the connection to Argo CD. This tab tries again by itself.',
  isRefused: false,
};

/** What an answer without images means: Argo CD's own (server/extension/extension.go) and those of Lynceus. */
export function describeFailure({ status, contentType, body }: FailedAnswer): Failure {
  // Without proxy extensions Argo CD answers every path with its page.
  if (status < 400) return contentType.startsWith('text/html') ? NOT_PASSED_ON : unexpected(status, body);
  switch (status) {
    case 401:
      return UNAUTHORIZED;
    case 403:
      return { ...FORBIDDEN, hint: `${FORBIDDEN.hint} The answer: ${shortened(body)}` };
    case 404:
      return body.startsWith('Extension not found') ? NOT_CONFIGURED : NOT_SERVED;
    case 502:
    case 504:
      return NOT_REACHED;
    case 503:
      return NOT_READY;
    default:
      return unexpected(status, body);
  }
}

const NOT_PASSED_ON: Failure = {
  title: 'Argo CD does not pass requests on to extensions.',
  hint: 'An administrator sets server.enable.proxy.extension to "true" in the ConfigMap argocd-cmd-params-cm and restarts argocd-server.',
  isRefused: false,
};

const NOT_CONFIGURED: Failure = {
  title: 'Argo CD does not know where Lynceus is.',
  hint: 'An administrator adds extension.config.lynceus to the ConfigMap argocd-cm.',
  isRefused: false,
};

const NOT_SERVED: Failure = {
  title: 'What answered does not serve the images of Applications.',
  hint: 'The address in extension.config.lynceus of the ConfigMap argocd-cm must be that of the Service of Lynceus, and Lynceus as new as this tab.',
  isRefused: false,
};

const UNAUTHORIZED: Failure = {
  title: 'Argo CD does not let you see this.',
  hint: 'Log in again. If that does not help, your role lacks the right to use this tab; an administrator adds to policy.csv: p, role:YOURS, extensions, invoke, lynceus, allow',
  isRefused: true,
};

const FORBIDDEN: Failure = {
  title: 'Lynceus refused the request.',
  hint: 'The address in extension.config.lynceus of the ConfigMap argocd-cm must be the port server.extensionPort of Lynceus.',
  isRefused: true,
};

const NOT_REACHED: Failure = {
  title: 'Argo CD cannot reach Lynceus.',
  hint: 'An administrator checks that Lynceus runs, that server.extensionPort is set, and that the address in extension.config.lynceus and the NetworkPolicy lead there.',
  isRefused: false,
};

const NOT_READY: Failure = {
  title: 'Lynceus has nothing to show yet.',
  hint: 'It is starting, or no replica leads. This tab tries again by itself.',
  isRefused: false,
};

function unexpected(status: number, body: string): Failure {
  return {
    title: `An unexpected answer came, with status ${status}.`,
    hint: body.trim() === '' ? 'It was empty.' : `It said: ${shortened(body)}`,
    isRefused: false,
  };
}

function shortened(body: string): string {
  const text = body.trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (cut)` : text;
}
