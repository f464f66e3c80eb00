export { findDemoPort } from './listen.ts';
export { keepArriving, prepareScenes } from './page-scenes.ts';
export { playDemo } from './play.ts';
export { createWorld } from './world.ts';
