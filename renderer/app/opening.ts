// The ways a capture comes in: dropped on the window, chosen, asked for by the host. On the desktop a file has a path;
// in a browser its bytes are handed to the engine on this computer.

import { useEffect, useState } from 'react';
import type { Sample } from '../../shared/contract/service.ts';
import { useAppStore } from '../ui/hooks.ts';
import { route } from './route.ts';
import { type AppStore, failureOf } from './store.ts';

/** What the desktop's preload script offers beside messages. */
interface Bridge {
  pathForFile(file: File): string;
}

export function pathOf(file: File): string | null {
  const bridge = (globalThis as { blockscope?: Bridge }).blockscope;
  const path = bridge?.pathForFile(file) ?? '';
  return path === '' ? null : path;
}

/** Opens files one after the other; the first that opened is shown, several beside each other. */
export async function openFiles(store: AppStore, files: readonly File[]): Promise<void> {
  const opened: string[] = [];
  for (const file of files) {
    const path = pathOf(file);
    const { open, send } = store.getState();
    const capture = path === null ? await send(file) : await open({ kind: 'path', path });
    if (capture !== null) opened.push(capture);
    if (capture !== null && opened.length === 1) show(capture);
  }
  if (opened.length > 1) route.getState().go({ screen: 'compare' });
}

export async function openPaths(store: AppStore, paths: readonly string[]): Promise<void> {
  const opened: string[] = [];
  for (const path of paths) {
    const capture = await store.getState().open({ kind: 'path', path });
    if (capture !== null) opened.push(capture);
  }
  if (opened.length > 1) route.getState().go({ screen: 'compare' });
  else if (opened[0] !== undefined) show(opened[0]);
}

/** Of a sample recorded at both ends, both, held against each other: that is what it was recorded for. */
export async function openSample(store: AppStore, { slug, otherEnd }: Sample): Promise<void> {
  const { open } = store.getState();
  const near = await open({ kind: 'sample', slug });
  const far = otherEnd ? await open({ kind: 'sample', slug, otherEnd }) : null;
  if (near !== null && far !== null) route.getState().go({ screen: 'two-ends', a: near, b: far });
  // What could not be opened stands in a notice
  else if (near !== null || far !== null) show((near ?? far)!);
}

export function show(capture: string): void {
  route.getState().go({ screen: 'overview', capture, item: null });
}

/** The system's dialog where the host has one, else the browser's. */
export async function chooseFiles(store: AppStore): Promise<void> {
  const { info, client, report } = store.getState();
  if (info?.can.chooseFile !== true) {
    document.querySelector<HTMLInputElement>('#files')?.click();
    return;
  }
  try {
    await openPaths(store, (await client.call('files.choose', {})).paths);
  } catch (error) {
    report(failureOf(error), null);
  }
}

/** Dropping anywhere and what the host asks for. Tells whether something is being dragged over the window. */
export function useOpening(): boolean {
  const store = useAppStore();
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const on = <K extends keyof WindowEventMap>(name: K, listener: (event: WindowEventMap[K]) => void) =>
      window.addEventListener(name, listener, { signal: stop.signal });
    on('dragover', (event) => {
      // Without this the browser would leave the page for the file
      event.preventDefault();
      setDragging(true);
    });
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setDragging(false);
    });
    on('drop', (event) => {
      event.preventDefault();
      setDragging(false);
      void openFiles(store, [...(event.dataTransfer?.files ?? [])]);
    });
    const unsubscribe = store.getState().client.on('open.requested', {}, ({ paths }) => void openPaths(store, paths));
    return () => {
      stop.abort();
      unsubscribe();
    };
  }, [store]);
  return isDragging;
}
