import { useSyncExternalStore } from 'react';
import { remembered } from './preferences.ts';

/** What this browser remembers under a name, as it changes; undefined if nothing. */
export function useRemembered(name: keyof typeof remembered): string | undefined {
  const { subscribe, read } = remembered[name];
  return useSyncExternalStore(subscribe, read);
}
