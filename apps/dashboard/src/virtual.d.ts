declare module 'virtual:theme.css';
declare module 'virtual:coast' {
  export const folder: string;
  /** The cells with land, by the degrees of their western and southern edges. */
  export const cells: Set<string>;
}
declare module '*.po' {
  import type { Messages } from '@lingui/core';

  export const messages: Messages;
}
