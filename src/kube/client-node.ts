/**
 * The few things taken from the official client, in a module of their own: a bundler that sees these names leaves
 * the 600 generated models out. Imported with `import()` only, so that it is not loaded without a cluster.
 */
export { KubeConfig, loadYaml } from '@kubernetes/client-node';
