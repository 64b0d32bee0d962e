/** The forms of a document that are drawn or typeset. */
import type { ReportDocument } from '../document.ts';
import { htmlOf } from './html.ts';
import { pageOf } from './page.ts';
import type { DrawnForm } from './renderer.ts';

export function render(document: ReportDocument, { kind }: DrawnForm): Uint8Array {
  switch (kind) {
    case 'html':
      return Buffer.from(htmlOf(pageOf(document)));
  }
}
