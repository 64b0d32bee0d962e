import { useLingui } from '@lingui/react/macro';
import { usePage } from '../use-page.ts';

/** Columns of a file in a sentence: their names in quotes, or their numbers. */
export function useColumnNames(): (columns: (string | number)[]) => string {
  const { t } = useLingui();
  const { format } = usePage();
  return (columns) =>
    format.list(columns.map((column) => (typeof column === 'number' ? t`column ${column}` : t`“${column}”`)));
}
