/** What a revision did, in the language of the reader. */
import { useLingui } from '@lingui/react/macro';
import type { IndexMethod } from '../address.ts';
import type { Revision } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useMethods } from './index-methods.ts';

type Note = NonNullable<Revision['coded_note']>;
type Change = Extract<Note, { code: 'market_changed' }>['changes'][number];

/** The files that a long list of them is cut to. */
const shownFiles = 3;

export function useRevisionTexts(): (revision: Revision) => { text: string; lang?: string } {
  const textOf = useNoteTexts();
  const { t } = useLingui();
  return ({ coded_note, note, kind, undoes_version }) => {
    // A reader knows versions, and no ids of revisions.
    if (undoes_version != null) return { text: t`Undo of version ${undoes_version}` };
    if (coded_note) return { text: textOf(coded_note) };
    // A revision of an earlier release.
    const files = note?.split(', ') ?? [];
    const text = files.length > shownFiles ? `${files.slice(0, shownFiles).join(', ')}, …` : (note ?? kind);
    return { text, lang: 'en' };
  };
}

function useNoteTexts(): (note: Note) => string {
  const { t } = useLingui();
  const { format } = usePage();
  const methods = useMethods();
  const members: Record<Change['member'], string> = {
    name: t`Name`,
    currency: t`Currency`,
    time_zone: t`Time zone`,
    attribution: t`Attribution`,
    licence: t`Licence`,
    is_default: t`Default market`,
    covered_from: t`Covered from`,
    covered_to: t`Covered to`,
  };
  const written = (value: Change['value']) =>
    value === null ? '–' : value === true ? t`yes` : value === false ? t`no` : value;
  return (note) => {
    switch (note.code) {
      case 'files': {
        const more = note.names.length + note.others - shownFiles;
        const names = note.names.slice(0, shownFiles).join(', ');
        return more > 0 ? t`${names} and ${format.count(more)} more` : names;
      }
      case 'undone':
        return t`Undo of revision ${note.revision}`;
      case 'property_entered':
        return t`${note.address}: entered`;
      case 'property_corrected':
        return t`${note.address}: corrected`;
      case 'property_removed':
        return t`${note.address}: removed`;
      case 'sale_set_aside':
        return t`${note.address}: set aside, ${note.reason}`;
      case 'sale_reinstated':
        return t`${note.address}: reinstated`;
      case 'note_added':
        return t`Note on ${format.day(note.day)}: ${note.text}`;
      case 'note_removed':
        return t`Note removed, ${format.day(note.day)}: ${note.text}`;
      case 'market_added':
        return t`Market added`;
      case 'market_changed':
        return note.changes.map(({ member, value }) => `${members[member]}: ${written(value)}`).join(', ');
      case 'market_deleted':
        return t`Market deleted`;
      case 'index_method': {
        const method = note.method === null ? t`none` : (methods[note.method as IndexMethod]?.name ?? note.method);
        return t`Default method of the price index: ${method}`;
      }
    }
  };
}
