/**
 * The official client, for the logins that are not made of files alone. In a module of its own that is imported with
 * `import()` only: it takes longer to load than everything else that a first cycle needs.
 */
export { KubeConfig } from '@kubernetes/client-node';
