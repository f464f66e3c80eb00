export { playDemo } from './play.ts';
export { createWorld } from './world.ts';
