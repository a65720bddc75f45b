// Starts a script of Node as a process of its own. The window's program runs no other script than its own (the fuse
// `runAsNode` is off), and its workers cannot start any: utilityProcess can, from the main process alone.

import { utilityProcess } from 'electron';
import type { LaunchHelper } from '../service/host.ts';

/** Of what a helper says on standard error the end is kept. */
const LAST_WORDS = 4_096;

export const launchHelper: LaunchHelper = (script, args, ended) => {
  const child = utilityProcess.fork(script, [...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    execArgv: [],
    serviceName: 'Blockscope capture',
  });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS);
  });
  child.once('exit', (code) => ended(code, words.trim()));
  return { kill: () => void child.kill() };
};
