/** How a service answers: as after a notice that it took, or as it does when something is wrong. */
export type Answer =
  'done' | 'denied' | 'refused' | 'limited' | 'failing' | 'garbage' | 'elsewhere' | 'cut' | 'silent';

/** What a service was sent, as it reads it itself. */
export interface Reading {
  /** Where the service looks for it; `undefined` where there is nothing. */
  readonly login: string | undefined;
  /** All that was sent but the login: path, headers, body. */
  readonly rest: string;
  /** The text that people see. */
  readonly shown: string;
  /** What its grammar makes of the text besides letters: links, mentions, styles, pictures. */
  readonly marks: readonly string[];
  /** Where it was to go within the service. */
  readonly recipient?: string | undefined;
}

export interface ServiceStandIn {
  /** An entry of `notifications.services` without its name. */
  readonly row: Readonly<Record<string, unknown>>;
  /** By their places; each is nowhere but where the service looks for it. They may be changed. */
  readonly secrets: Record<string, string>;
  /** Each reads what came, and throws where the service would not have taken it. */
  readonly sent: readonly (() => Reading)[];
  /** From the next request on; it begins with `done`. */
  answer(how: Answer): void;
}

export interface Tls {
  readonly key: string;
  readonly cert: string;
  readonly caFile: string;
}

export interface KindOfService {
  /** One that ends with the test. */
  start(tls?: Tls): Promise<ServiceStandIn>;
  readonly recipient?: string;
  /** What it takes for a receipt is one alone, so that another answer is found. */
  readonly knowsItsReceipt: boolean;
  /** It is sent no login without TLS. */
  readonly isByTls?: true;
  /** Anything but `false`: it refuses by a status, and says for how long. */
  readonly isHttp?: false;
  /** Anything but `false`: it shows the text and a test; else the title is all that is shown, and a test only tries the login. */
  readonly isMessage?: false;
  /** What cannot be with its protocol. */
  readonly never?: readonly Answer[];
}
