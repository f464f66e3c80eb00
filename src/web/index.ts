export { builtAssets } from './assets.ts';
export { webRoutes } from './pages.ts';
