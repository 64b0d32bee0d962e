/** What is possible but unlikely in files, in the language of the reader. */
import { useLingui } from '@lingui/react/macro';
import type { Import, Preview } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useColumnNames } from './column-names.ts';

type FileNote = Preview['files'][number]['coded_notes'][number];

export function useNoteTexts(): (note: FileNote) => string {
  const { t } = useLingui();
  const { format } = usePage();
  const named = useColumnNames();
  const { count } = format;
  const rowsOf = ({ rows, of }: { rows: number; of: number | null }) =>
    of === null ? t`${count(rows)} rows` : t`${count(rows)} of the first ${count(of)} rows`;
  return (note) => {
    switch (note.code) {
      case 'future_dates':
        return t`Contract dates in the future, such as ${format.day(note.example)}: ${count(note.sales)}. Figures leave these sales out.`;
      case 'skipped_files': {
        const names = note.names.join(', ');
        return note.others > 0
          ? t`Not read, because they have no sales: ${names} and ${count(note.others)} others.`
          : t`Not read, because they have no sales: ${names}.`;
      }
      case 'other_versions':
        return t`Other versions of earlier rows, with the same identifier of the sale but other values: ${rowsOf(note)}, such as ${format.list(note.examples)}. Only the last is kept.`;
      case 'rejected_rows':
        return t`Rows that could not be read: ${rowsOf(note)}.`;
      case 'several_homes':
        return t`Rows that would be one property, “${note.property}”, were sold on one day at different prices, and no column distinguishes all such rows. Several homes may be one property.`;
      case 'spreadsheet_errors':
        return t`Cells at the beginning that are errors of a spreadsheet, such as ${note.example}: ${count(note.cells)}. They are read as missing.`;
      case 'formulas_without_result':
        return t`Cells at the beginning that are formulas without a stored result: ${count(note.cells)}. Open the workbook in a spreadsheet program, save it, and send it again.`;
      case 'lost_zeros':
        return t`Some postcodes of ${named(note.columns)} have ${format.list(note.digits.map(String))} digits: a spreadsheet may have removed leading zeros.`;
      case 'quarters':
        return t`The dates of ${named(note.columns)} are those of quarters. They are read as their first days, so there are no figures by month.`;
      case 'exchanged_days':
        return t`A spreadsheet may have exchanged day and month in ${named(note.columns)}: in ${count(note.dates)} dates, those with days up to 12. The other ${count(note.texts)} are texts.`;
      case 'low_prices':
        return t`Half of the prices of ${named(note.columns)} are ${count(note.median)} and less. They may be in thousands or millions.`;
      case 'unfit_column':
        return t`${named(note.columns)} has the name of a known column, but too many of its first values are outside the limits. It is kept as a detail.`;
      case 'encoding':
        return t`Characters at the beginning that are hardly right in the encoding ${note.encoding}: ${count(note.characters)}. Compare the texts.`;
    }
  };
}

/** The notes of an import, each with the file that it is about. */
export function useImportNotes(): (load: Import) => { text: string; lang?: string }[] {
  const { t } = useLingui();
  const { format } = usePage();
  const textOf = useNoteTexts();
  return ({ notes, coded_notes }) => {
    // An import of an earlier release.
    if (coded_notes.length === 0) return notes.map((text) => ({ text, lang: 'en' }));
    return coded_notes.map(({ file, files, note }) => {
      const text = textOf(note);
      if (file === null) return { text };
      const others = format.count(files - 1);
      return { text: files > 1 ? t`${file} and ${others} more files: ${text}` : t`${file}: ${text}` };
    });
  };
}
