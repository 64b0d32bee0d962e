import { revisionNoteSchema } from '@property-insights/database';
import { id, moment, nullable } from '@property-insights/service/schemas';
import { Type } from 'typebox';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Revision = Type.Object({
  id,
  version: nullable(Type.Integer({ description: 'The version of its market that it made' })),
  market: nullable(Type.String()),
  kind: Type.Enum(['import', 'entry', 'correction', 'undo', 'market', 'set_aside', 'note']),
  author: Type.String({ description: 'The name and id of the token that wrote it' }),
  note: nullable(Type.String({ description: 'What it did, in English' })),
  coded_note: nullable(revisionNoteSchema),
  sales_added: count('Sales that came into force'),
  sales_retired: count('Sales that are no longer in force'),
  places_added: count('Places of a gazetteer that came into force'),
  places_retired: count('Places of a gazetteer that are no longer in force'),
  set_aside_added: count('Sales set aside by hand'),
  set_aside_retired: count('Sales reinstated, or set aside for another reason'),
  notes_added: count('Notes on charts that were added'),
  notes_retired: count('Notes on charts that were removed'),
  created_at: moment,
  import: nullable(Type.String({ format: 'uuid', description: 'The import or undo that wrote it' })),
  undoes: nullable(Type.Integer({ description: 'The revision that this one undoes' })),
  undoes_version: nullable(Type.Integer({ description: 'The version that the undone revision made' })),
  undone_by: nullable(Type.Integer({ description: 'The revision that undoes this one' })),
});
