export type { RegistryEndpoint } from '../settings/registry.ts';
export type { SecretPlace } from '../settings/secret-place.ts';
