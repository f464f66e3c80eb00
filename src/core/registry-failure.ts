/** What a request to a registry was for. */
export type RegistryRequestKind = 'tags' | 'manifest' | 'blob' | 'token' | 'ping';

/** Whether a request failed; 401 is how a registry asks for a token: only the token endpoint's own is a failure. 0 is no answer. */
export function isFailedRequest(kind: RegistryRequestKind, status: number): boolean {
  if (status === 401) return kind === 'token';
  return status === 0 || status >= 400;
}
