import { codedNoteSchema, formats } from '@property-insights/imports';
import { line, market, moment, nullable } from '@property-insights/service/schemas';
import { Type } from 'typebox';

/** The query parameters of routes that receive files. */
export const filesQuery = {
  market,
  filename: Type.Optional(line(255, 'The name of a file that is sent as the body itself.')),
  format: Type.Optional(
    Type.Enum([...formats.map(({ name }) => name), 'table'], {
      description: 'The format of every file. By default, the content of each file decides.',
    }),
  ),
  edition: Type.Optional(
    Type.Enum(['complete'], {
      description:
        '`complete`: the files together are all sales of their sources. Sales in force that came from the same sources and are not in the files are retired. A source is a format or, of tables, the columns of their fields. The preview states how many.',
    }),
  ),
  mapping: Type.Optional(
    Type.String({
      maxLength: 10_000,
      'x-expected': 'a mapping, as JSON of at most 10000 characters',
      description:
        'The mapping by which every file is read as a table, as JSON, such as `{"date_order": "dmy"}`. Members that it leaves out are inferred from the file. A preview returns the whole mapping. Send a mapping that is too long for the URL as the form field `mapping`.',
    }),
  ),
};

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Import = Type.Object({
  id: Type.String({ format: 'uuid' }),
  market: Type.String(),
  state: Type.Enum(['received', 'running', 'finished', 'failed', 'cancelled']),
  stage: nullable(Type.String({ description: 'The current step: reading (of files), comparing or writing' })),
  format: nullable(Type.String()),
  files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer({ minimum: 0 }) })),
  bytes_total: count('Size of the files as received'),
  bytes_read: count('How many of bytes_total have been read'),
  rows_read: count('Once finished, the sum of accepted, duplicate, superseding, superseded, deleted and rejected'),
  rows_total: nullable(count('The number of rows that an undo has to read; null for files, where it is not known')),
  accepted: count('New sales; of an undo, sales that are in force again'),
  duplicate: count('Rows that the market already has'),
  superseding: count('Rows that replace an earlier version of their sale'),
  superseded: count('Rows that are older than the sale in force, or than another row'),
  deleted: count('Rows that delete a sale; of an undo, sales that it retired'),
  rejected: count('Rows that could not be read'),
  retired: count('Sales that were retired because the complete edition lacks them'),
  rejected_by_reason: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
  notes: Type.Array(Type.String(), {
    description: 'What is possible but unlikely in the files, in English sentences',
  }),
  coded_notes: Type.Array(codedNoteSchema),
  changed: Type.Boolean({ description: 'Whether it changed the market' }),
  error: nullable(
    Type.String({ description: 'Why it failed, or that it was cancelled because its market was deleted' }),
  ),
  revision: nullable(Type.Integer({ description: 'The revision that it wrote' })),
  undoes: nullable(Type.Integer({ description: 'The revision that it undoes; null for an import of files' })),
  undone_by: nullable(Type.Integer({ description: 'The revision that undoes it' })),
  created_at: moment,
  finished_at: nullable(moment),
});
