import { format } from 'node:util';
import type { Log } from '../ports/log.ts';

/** What libraries say by themselves: warnings of the process, and lines on the console. */
export interface LibraryNotices {
  /** A warning of `process.emitWarning`. */
  addWarning(warning: Error): void;
  /** A call of a method of `console`. */
  addConsole(method: string, words: readonly unknown[]): void;
  /** From now on all of it goes to this log, first what was said before there was one. */
  deliverTo(log: Pick<Log, 'debug' | 'warn'>): void;
}

interface Notice {
  readonly level: 'debug' | 'warn';
  /** `Warning`, `console.error`. */
  readonly from: string;
  readonly text: string;
}

/** Methods of `console` that write. */
export const SPEAKING_METHODS = [
  'count',
  'debug',
  'dir',
  'dirxml',
  'error',
  'group',
  'groupCollapsed',
  'info',
  'log',
  'table',
  'timeEnd',
  'timeLog',
  'trace',
  'warn',
] as const;

/** Enough to find a fault by; a library that always says something new is cut off. */
const MOST_NOTICES = 100;
const LONGEST_TEXT = 1_000;

/** About the version of Node.js and its interfaces: for whoever builds this program, not for whoever runs it. */
const FOR_DEVELOPERS = /^\w*(?:Deprecation|Deprecated|VersionSupport|Experimental)Warning\b/;

/** Keeps what libraries say until there is a log, and says each thing once. */
export function createLibraryNotices(): LibraryNotices {
  const said = new Set<string>();
  const kept: Notice[] = [];
  let log: Pick<Log, 'debug' | 'warn'> | undefined;

  function add(notice: Notice): void {
    const { from, text } = notice;
    const key = `${from} ${text}`;
    if (said.has(key) || said.size === MOST_NOTICES) return;
    said.add(key);
    if (log === undefined) kept.push(notice);
    else deliver(notice, log);
  }

  return {
    addWarning({ name, message }) {
      const isForDevelopers = FOR_DEVELOPERS.test(name) || FOR_DEVELOPERS.test(message);
      add({ level: isForDevelopers ? 'debug' : 'warn', from: name, text: shortened(message) });
    },
    addConsole(method, words) {
      const level = method === 'error' || method === 'warn' ? 'warn' : 'debug';
      add({ level, from: `console.${method}`, text: shortened(format(...words)) });
    },
    deliverTo(next) {
      log = next;
      for (const notice of kept.splice(0)) deliver(notice, next);
    },
  };
}

function deliver({ level, from, text }: Notice, log: Pick<Log, 'debug' | 'warn'>): void {
  log[level]('a library says', { from, text });
}

function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
