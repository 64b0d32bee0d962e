/** What a revision did, as codes with values for readers of any language, and as English text. */
import { type Static, Type } from 'typebox';
import { coded } from './coded.ts';

/** The members of a market that a client changes. */
const marketMembers = [
  'name',
  'currency',
  'time_zone',
  'attribution',
  'licence',
  'is_default',
  'covered_from',
  'covered_to',
] as const;
export type MarketMember = (typeof marketMembers)[number];

const market = { market: Type.String({ description: 'Its code.' }) };
const address = { address: Type.String({ description: 'Of the property.' }) };
const dated = { day: Type.String({ format: 'date' }), text: Type.String() };

export const revisionNoteSchema = Type.Union([
  coded('files', {
    names: Type.Array(Type.String(), { description: 'The first of them.' }),
    others: Type.Integer({ minimum: 0, description: 'Further files.' }),
  }),
  coded('undone', { revision: Type.Integer({ description: 'The revision that was undone.' }) }),
  coded('property_entered', address),
  coded('property_corrected', address),
  coded('property_removed', address),
  coded('sale_set_aside', { ...address, reason: Type.String() }),
  coded('sale_reinstated', address),
  coded('note_added', dated),
  coded('note_removed', dated),
  coded('market_added', market),
  coded('market_changed', {
    ...market,
    changes: Type.Array(
      Type.Object({
        member: Type.Enum(marketMembers),
        value: Type.Union([Type.String(), Type.Boolean(), Type.Null()]),
      }),
    ),
  }),
  coded('market_deleted', market),
  coded('index_method', {
    ...market,
    method: Type.Union([Type.String(), Type.Null()], { description: 'The default method of its price index.' }),
    why: Type.String({ description: 'An English clause.' }),
  }),
]);
export type RevisionNote = Static<typeof revisionNoteSchema>;

/** The longest text of a list of files. */
const maxFilesLength = 200;
/** The names that a note lists. They make a longer text than `maxFilesLength`. */
const maxNames = 50;

export function filesNote(names: readonly string[]): RevisionNote {
  return { code: 'files', names: names.slice(0, maxNames), others: Math.max(0, names.length - maxNames) };
}

/** English, without a full stop. */
export function revisionText(note: RevisionNote): string {
  switch (note.code) {
    case 'files': {
      const text = note.names.join(', ');
      return text.length <= maxFilesLength ? text : `${text.slice(0, maxFilesLength - 1)}…`;
    }
    case 'undone':
      return `revision ${note.revision}`;
    case 'property_entered':
    case 'property_corrected':
      return note.address;
    case 'property_removed':
      return `${note.address} removed`;
    case 'sale_set_aside':
      return `${note.address} set aside: ${note.reason}`;
    case 'sale_reinstated':
      return `${note.address} reinstated`;
    case 'note_added':
      return `${note.day}: ${note.text}`;
    case 'note_removed':
      return `removed: ${note.day}: ${note.text}`;
    case 'market_added':
      return `market ${note.market} added`;
    case 'market_changed': {
      const changes = note.changes.map(({ member, value }) => `${member} ${JSON.stringify(value)}`);
      return `market ${note.market}: ${changes.join(', ')}`;
    }
    case 'market_deleted':
      return `market ${note.market} deleted`;
    case 'index_method':
      return `market ${note.market}: index_method ${JSON.stringify(note.method)}, ${note.why}`;
  }
}

/** JSON that PostgreSQL stores: without NUL and halves of surrogate pairs. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === 'string' ? member.replaceAll('\0', '\uFFFD').toWellFormed() : member,
  );
}
