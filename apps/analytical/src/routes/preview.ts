import { randomUUID } from 'node:crypto';
import { type Database, eachAttribute } from '@property-insights/database';
import {
  attributesOf,
  countMissing,
  type FilePreview,
  fileNoteSchema,
  findMapping,
  type JobQueue,
  Mapping,
  noteText,
  openSchema,
  previewFilesInThread,
  type Sale,
} from '@property-insights/imports';
import type { App } from '@property-insights/service';
import { nullable } from '@property-insights/service/schemas';
import { type Static, type TObject, Type } from 'typebox';
import { findMarket } from '../data/markets.ts';
import { filesQuery } from '../schemas/import.ts';
import { acceptFiles, receiveFiles } from '../uploads.ts';

const text = nullable(Type.String());
const number = nullable(Type.Number());

const PreviewedSale = Type.Object({
  sale_key: Type.String(),
  property_key: Type.String(),
  contract_date: text,
  settlement_date: text,
  price: Type.Integer(),
  type: text,
  address: Type.String(),
  street: text,
  locality: text,
  region: text,
  postcode: text,
  ...eachAttribute(
    () => number,
    () => text,
  ),
  dealing: text,
  non_standard: text,
  issued_at: text,
  details: nullable(Type.Record(Type.String(), Type.Unknown())),
  deletes: Type.Boolean({ description: 'Whether the row deletes the sale' }),
});

const PreviewedFile = Type.Object({
  name: Type.String(),
  format: Type.String(),
  error: nullable(Type.String({ description: 'Why an import of the file would fail' })),
  columns: nullable(Type.Array(Type.String(), { description: 'The columns of a table; null for other formats' })),
  mapping: nullable(Mapping),
  mapping_origin: nullable(Type.Enum(['given', 'remembered', 'proposed'])),
  evidence: Type.Array(Type.Object({ member: Type.String(), text: Type.String() }), {
    description: 'The reasons for each member of the mapping',
  }),
  questions: Type.Array(
    Type.Object({
      member: Type.String(),
      text: Type.String({ description: 'What is open, and what to give in the mapping, in English' }),
      coded_text: openSchema,
      choices: Type.Array(Type.String()),
      readings: Type.Array(Type.Object({ choice: Type.String(), sales: Type.Array(nullable(PreviewedSale)) }), {
        description:
          'The first rows by each choice, where there are two to six; null for a row that would be rejected. Other open questions are answered by their first choice.',
      }),
    }),
    {
      description:
        'What the file does not show and the client must state: the member of the mapping, and its possible values if they are few; lists as JSON',
    },
  ),
  notes: Type.Array(Type.String(), { description: 'What is possible but unlikely, in English sentences' }),
  coded_notes: Type.Array(fileNoteSchema),
  rows: Type.Integer({ minimum: 0, description: 'The number of rows that were read' }),
  sales: Type.Array(PreviewedSale, { description: 'The first sales, as they would be imported' }),
  places: Type.Array(
    Type.Object({
      name: nullable(Type.String()),
      region: nullable(Type.String()),
      postcode: Type.String(),
      latitude: Type.Number(),
      longitude: Type.Number(),
    }),
    { description: 'The first places of a gazetteer' },
  ),
  rejects: Type.Array(
    Type.Object({ line: Type.Integer(), content: Type.String(), reason: Type.String(), message: Type.String() }),
    { description: 'The first rows that could not be read' },
  ),
});

const Preview = Type.Object({
  market: Type.String(),
  files: Type.Array(PreviewedFile, {
    description: 'The first ten files. Each file of a zip and each sheet of a workbook counts as one',
  }),
  more_files: Type.Boolean({ description: 'Whether there are more files' }),
  error: nullable(Type.String({ description: 'Why an import would fail before or after these files' })),
  retires: nullable(
    Type.Integer({
      minimum: 0,
      description:
        'Of a complete edition: the number of sales in force that an import would retire. Null without an edition, if an import would fail, and if the files are too large to be read in a preview.',
    }),
  ),
});

export async function previewRoutes(app: App, database: Database, jobs: JobQueue): Promise<void> {
  await app.register(async (scope) => {
    await acceptFiles(scope);
    scope.post(
      '/api/imports/preview',
      {
        config: { scope: 'write' },
        schema: {
          tags: ['imports'],
          summary: 'Preview an import; nothing is written',
          description:
            'Accepts the same bodies as an import. Only the beginning of each file is read, unless the files are a complete edition. For a table, the preview states the mapping, the reasons for it, and what the client must state.',
          querystring: Type.Object(filesQuery),
          response: { 200: Preview },
        },
      },
      async (request, reply) => {
        const query = request.query as Static<TObject<typeof filesQuery>>;
        const market = await findMarket(database, query.market);
        const id = randomUUID();
        try {
          const { files, mapping } = await receiveFiles(request, jobs.directoryOf(id), query);
          const preview = await previewFilesInThread({
            files,
            format: query.format,
            mapping,
            edition: query.edition,
            market: { currency: market.currency, timeZone: market.time_zone },
            remembered: (columns) => findMapping(database, market.id, columns),
          });
          return reply.send({
            market: market.code,
            files: preview.files.map(shownFile),
            more_files: preview.more,
            error: sentence(preview.error),
            retires: preview.stated ? await countMissing(database, market.id, preview.stated) : null,
          });
        } finally {
          await jobs.removeDirectory(id);
        }
      },
    );
  });
}

function shownFile({
  name,
  format,
  resolution,
  rows,
  sales,
  places = [],
  rejects,
  error,
  notes,
}: FilePreview): Static<typeof PreviewedFile> {
  return {
    name,
    format,
    error: sentence(error),
    columns: resolution?.columns ?? null,
    mapping: resolution?.mapping ?? null,
    mapping_origin: resolution?.origin ?? null,
    evidence: resolution?.evidence ?? [],
    questions:
      resolution?.questions.map(({ open, ...question }) => ({
        ...question,
        coded_text: open,
        readings: (resolution.alternatives.get(question.member) ?? []).map(({ choice, sales }) => ({
          choice,
          sales: sales.map((sale) => sale && shownSale(sale)),
        })),
      })) ?? [],
    notes: notes.map((note) => `${noteText(note)}.`),
    coded_notes: notes,
    rows,
    sales: sales.map(shownSale),
    places: places.map(({ key: _key, fingerprint: _fingerprint, ...place }) => place),
    rejects: rejects.map(({ line, content, reason, message }) => ({ line, content, reason, message })),
  };
}

function shownSale(sale: Sale): Static<typeof PreviewedSale> {
  return {
    sale_key: sale.key,
    property_key: sale.propertyKey,
    contract_date: sale.contractDate,
    settlement_date: sale.settlementDate,
    price: sale.price,
    type: sale.type,
    address: sale.address,
    street: sale.street,
    locality: sale.locality,
    region: sale.region,
    postcode: sale.postcode,
    ...attributesOf(sale),
    dealing: sale.dealing,
    non_standard: sale.nonStandard,
    issued_at: sale.issuedAt,
    details: sale.details === null ? null : JSON.parse(sale.details),
    deletes: sale.deletes ?? false,
  };
}

function sentence(message: string | undefined): string | null {
  return message === undefined ? null : `${message}.`;
}
