import { remembered } from '../preferences.ts';

/** Whether a key that is pressed may be a shortcut: alone, not typed into a field, and unless the reader has switched such shortcuts off. */
export function isShortcut({
  target,
  ctrlKey,
  metaKey,
  altKey,
}: Pick<KeyboardEvent, 'target' | 'ctrlKey' | 'metaKey' | 'altKey'>): boolean {
  const isTyping = target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]');
  return !isTyping && !ctrlKey && !metaKey && !altKey && remembered.keys.read() !== 'off';
}
