/**
 * Whether a registry is one of Google: Artifact Registry (`europe-docker.pkg.dev`) or Container Registry, which it
 * serves. Counter-example: `gcr.io.example.com`.
 */
export function isGoogleRegistry(host: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+\.pkg\.dev)$/.test(host.toLowerCase());
}
