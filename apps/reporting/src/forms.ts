/** The forms of a report: by the extension of its path, or by what the client accepts. */
import { csvOf, type Paper, type Renderer, type ReportDocument, tablesOf } from '@property-insights/reports';
import { namesForms, problems } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';

export interface Form {
  mediaType: string;
  contentType: string;
  /** What a browser does with it. */
  disposition: 'inline' | 'attachment';
}

/** By extension. The first is the default. */
export const forms = {
  json: { mediaType: 'application/json', contentType: 'application/json; charset=utf-8', disposition: 'inline' },
  html: { mediaType: 'text/html', contentType: 'text/html; charset=utf-8', disposition: 'inline' },
  pdf: { mediaType: 'application/pdf', contentType: 'application/pdf', disposition: 'inline' },
  xlsx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    disposition: 'attachment',
  },
  png: { mediaType: 'image/png', contentType: 'image/png', disposition: 'inline' },
  csv: { mediaType: 'text/csv', contentType: 'text/csv; charset=utf-8; header=present', disposition: 'attachment' },
} as const satisfies Record<string, Form>;
export type Extension = keyof typeof forms;
export const extensions = Object.keys(forms) as Extension[];

/** The form that the client prefers and names; JSON for a wildcard. */
export function acceptedForm(request: FastifyRequest): Extension {
  if (!namesForms(request)) return 'json';
  const preferred = request.accepts().type(extensions.map((extension) => forms[extension].mediaType));
  return extensions.find((extension) => forms[extension].mediaType === preferred) ?? 'json';
}

export interface FormOptions {
  /** In CSV: the name of the table. */
  table: string | undefined;
  /** In PDF. */
  paper: Paper;
}

/** @throws a problem for an unknown table, RendererBusy, TooLargeToTypeset */
export async function bytesOf(
  document: ReportDocument,
  extension: Extension,
  { table, paper }: FormOptions,
  renderer: Renderer,
): Promise<Buffer> {
  switch (extension) {
    case 'json':
      return Buffer.from(JSON.stringify(document));
    case 'csv':
      return Buffer.from(csvOf(tableNamed(document, table)));
    case 'html':
    case 'png':
    case 'xlsx':
      return renderer.render(document, { kind: extension });
    case 'pdf':
      return renderer.render(document, { kind: 'pdf', paper });
  }
}

function tableNamed(document: ReportDocument, name: string | undefined) {
  const tables = tablesOf(document);
  const found = tables.find((each) => each.name === (name ?? tables[0]?.name));
  if (found?.rest) {
    const all = found.rows.length + found.rest.rows;
    throw problems.invalid(`The table "${found.name}" has ${all} rows, all of which are at ${found.rest.address}`);
  }
  if (found) return found;
  const names = tables.map((each) => each.name).join(', ');
  throw problems.invalid(
    names
      ? `This report has no table "${name}"; its tables are ${names}.`
      : 'This report has no table, because no sale matches its filters.',
  );
}
