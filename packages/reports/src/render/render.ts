/** The forms of a document that are drawn or typeset. */
import type { ReportDocument } from '../document.ts';
import { htmlOf } from './html.ts';
import { pageOf } from './page.ts';
import type { DrawnForm } from './renderer.ts';

/** Fonts and Typst are loaded for the first PDF. */
export async function render(document: ReportDocument, form: DrawnForm): Promise<Uint8Array> {
  switch (form.kind) {
    case 'html':
      return Buffer.from(htmlOf(pageOf(document, 'screen')));
    case 'png': {
      const { pictureOf } = await import('./picture.ts');
      return pictureOf(pageOf(document, 'print'));
    }
    case 'xlsx': {
      const { xlsxOf } = await import('./xlsx.ts');
      return xlsxOf(document);
    }
    case 'pdf': {
      const { pdfOf } = await import('./pdf.ts');
      return pdfOf(pageOf(document, 'print'), form.paper, document.written_on);
    }
  }
}
