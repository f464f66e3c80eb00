import { LynceusError } from '../../errors.ts';
import { isJsonObject, objectField, parseJsonObject, textField, type JsonObject } from '../../http/json.ts';
import { isSafeForSecrets } from '../../http/loopback.ts';
import { parseUrl } from '../../parse-url.ts';

/** What the file of `GOOGLE_APPLICATION_CREDENTIALS` holds. */
export type GoogleKey =
  | {
      readonly kind: 'service-account';
      readonly email: string;
      readonly privateKey: string;
      readonly keyId: string | undefined;
      readonly tokenUrl: URL;
    }
  /** Workload identity federation: a token of somebody else's, in a file that is renewed. */
  | {
      readonly kind: 'federation';
      readonly audience: string;
      readonly subjectTokenType: string;
      readonly subjectToken: SubjectTokenFile;
      readonly tokenUrl: URL;
      /** Whom to impersonate, and for how many seconds. */
      readonly impersonation: { readonly url: URL; readonly seconds: number } | undefined;
    }
  /** A person who ran `gcloud auth application-default login`. */
  | {
      readonly kind: 'person';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
      readonly tokenUrl: URL;
    };

export interface SubjectTokenFile {
  readonly path: string;
  /** Field of a JSON object that the token is in; `undefined` when the file is the token. */
  readonly field: string | undefined;
}

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const STS_URL = 'https://sts.googleapis.com/v1/token';
const USUAL_SECONDS = 3600;

/** Reads the file. Throws `credentials-failed`, without a word of it. */
export function parseGoogleKey(text: string, path: string): GoogleKey {
  const file = parseJsonObject(Buffer.from(text));
  if (file === undefined) throw wrong(path, 'it is not JSON');
  const type = textField(file, 'type');
  const need = (name: string): string => {
    const value = textField(file, name);
    if (value !== '') return value;
    throw wrong(path, `${name} is missing`);
  };
  switch (type) {
    case 'service_account':
      return {
        kind: 'service-account',
        email: need('client_email'),
        privateKey: need('private_key'),
        keyId: textField(file, 'private_key_id') || undefined,
        tokenUrl: urlOf(file, { name: 'token_uri', usual: TOKEN_URL, path }),
      };
    case 'external_account':
      return {
        kind: 'federation',
        audience: need('audience'),
        subjectTokenType: need('subject_token_type'),
        subjectToken: subjectTokenOf(file, path),
        tokenUrl: urlOf(file, { name: 'token_url', usual: STS_URL, path }),
        impersonation: impersonationOf(file, path),
      };
    case 'authorized_user':
      return {
        kind: 'person',
        clientId: need('client_id'),
        clientSecret: need('client_secret'),
        refreshToken: need('refresh_token'),
        tokenUrl: new URL(TOKEN_URL),
      };
    default:
      throw wrong(path, 'its type is none of service_account, external_account and authorized_user');
  }
}

/** Which way it is, for messages and the identity of a login. */
export function describeGoogleKey(key: GoogleKey): string {
  switch (key.kind) {
    case 'service-account':
      return `service account ${key.email}`;
    case 'federation':
      return key.impersonation === undefined
        ? 'workload identity federation'
        : `workload identity federation as ${accountOf(key.impersonation.url)}`;
    case 'person':
      return 'application-default login of a person';
  }
}

function accountOf({ pathname }: URL): string {
  return decodeURIComponent(/\/serviceAccounts\/([^/:]+)/.exec(pathname)?.[1] ?? 'a service account');
}

function subjectTokenOf(file: JsonObject, path: string): SubjectTokenFile {
  const source = objectField(file, 'credential_source');
  const tokenFile = textField(source, 'file');
  if (tokenFile === '')
    throw wrong(path, 'credential_source has no file: a token from a URL, a program or AWS is not supported');
  const format = objectField(source, 'format');
  if (textField(format, 'type') !== 'json') return { path: tokenFile, field: undefined };
  const field = textField(format, 'subject_token_field_name');
  if (field === '') throw wrong(path, 'credential_source.format names no subject_token_field_name');
  return { path: tokenFile, field };
}

function impersonationOf(
  file: JsonObject,
  path: string,
): Extract<GoogleKey, { kind: 'federation' }>['impersonation'] {
  if (file['service_account_impersonation_url'] === undefined) return undefined;
  const url = urlOf(file, { name: 'service_account_impersonation_url', usual: '', path });
  const options = file['service_account_impersonation'];
  const seconds = isJsonObject(options) ? options['token_lifetime_seconds'] : undefined;
  return { url, seconds: typeof seconds === 'number' && seconds > 0 ? seconds : USUAL_SECONDS };
}

function urlOf(
  file: JsonObject,
  { name, usual, path }: { readonly name: string; readonly usual: string; readonly path: string },
): URL {
  const text = textField(file, name) || usual;
  const url = parseUrl(text);
  if (url !== undefined && isSafeForSecrets(url)) return url;
  throw wrong(path, `${name} is not an https URL`);
}

function wrong(path: string, what: string): LynceusError {
  return new LynceusError('credentials-failed', `the Google key file ${path} cannot be used: ${what}`, {
    hint: 'it is named by GOOGLE_APPLICATION_CREDENTIALS',
    retryable: false,
  });
}
