import { Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import type { Preview } from '../api/types.ts';
import { Fault } from '../parts/fault.tsx';
import { useNoteTexts } from '../parts/file-note-texts.ts';
import { useReasons } from '../parts/left-out.tsx';
import { usePage } from '../use-page.ts';
import classes from './data.module.css';
import { answered, type Mapping } from './mapping.ts';
import { useOpenTexts } from './open-texts.ts';

type File = Preview['files'][number];
type Sale = File['sales'][number];

interface PreviewedFileProps {
  file: File;
  /** Without its first sales. */
  isBrief: boolean;
  mapping: Mapping | undefined;
  onMapping(mapping: Mapping): void;
}

/** How one file is read: what it leaves open, its columns, and its first sales. */
export function PreviewedFile({ file, isBrief, mapping = {}, onMapping }: PreviewedFileProps) {
  const { t } = useLingui();
  const { format } = usePage();
  const { name, columns, error, coded_notes: notes, rejects, rows, places } = file;
  const openText = useOpenTexts();
  const noteText = useNoteTexts();
  // Columns that share a member are asked about once.
  const asked = file.questions.filter(({ member }, i, all) => all.findIndex((each) => each.member === member) === i);
  const words: Record<string, string> = {
    m2: t`square metres`,
    ft2: t`square feet`,
    yd2: t`square yards`,
    acre: t`acres`,
    ha: t`hectares`,
    dmy: t`day first`,
    mdy: t`month first`,
    ymd: t`year first`,
    excel_days: t`days as spreadsheets count them`,
    unix_seconds: t`seconds since 1970`,
    years: t`years`,
    unix_milliseconds: t`milliseconds since 1970`,
    buddhist: t`Buddhist years`,
    gregorian: t`Gregorian years`,
    '[]': t`sales: load them`,
  };
  /** Columns replace those that are inferred; all others stay as they are. */
  const answer = (member: string, choice: unknown) =>
    onMapping(
      answered(
        member.startsWith('fields.') ? { ...(file.mapping as Mapping | null), ...mapping } : mapping,
        member,
        choice,
      ),
    );
  // Words that may stand for no price: the mapping of the preview reads them so.
  const confirmed = file.mapping?.fields?.price?.values && (file.mapping as Mapping);
  const given = (text: string) => (/^(\d+$|\[)/.test(text) ? (JSON.parse(text) as number | unknown[]) : text);
  return (
    <div className={classes.question}>
      <p>
        {name}{' '}
        <span className="muted">
          {file.format === 'table' ? t`a table` : file.format},{' '}
          {rows === 1 ? t`1 row read` : t`${format.count(rows)} rows read`}
        </span>
      </p>
      {asked.length === 0 && <Fault error={error} />}
      {asked.map(({ member, coded_text, choices, readings }) => (
        <div key={member} className={classes.question}>
          <p>{openText(coded_text)}</p>
          <div className={classes.choices}>
            {choices.map((choice) => {
              const reading = readings.find((each) => each.choice === choice);
              return (
                <button
                  key={choice}
                  type="button"
                  className="button"
                  aria-pressed={JSON.stringify(mapping[member]) === JSON.stringify(given(choice))}
                  onClick={() => answer(member, given(choice))}
                >
                  <span>{words[choice] ?? (choice.startsWith('[{') ? t`no sales: leave them out` : choice)}</span>
                  {reading && <Reading reading={reading} readings={readings} />}
                </button>
              );
            })}
            {member === 'fields.price' && confirmed && (
              <button type="button" className="button" onClick={() => onMapping(confirmed)}>
                <Trans>These words stand for no price</Trans>
              </button>
            )}
          </div>
        </div>
      ))}
      {notes.length > 0 && (
        <ul className="note">
          {notes.map(noteText).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {columns && <Columns file={file} columns={columns} onAnswer={answer} />}
      {!isBrief && file.sales.length > 0 && <FirstSales sales={file.sales} />}
      {places.length > 0 && (
        <p className="note">
          <Trans>A list of places: it places sales that state no coordinates.</Trans>
        </p>
      )}
      {/* What is asked may be the reason of the rejects. */}
      {asked.length === 0 && rejects.length > 0 && (
        <ul className="note" lang="en">
          {rejects.slice(0, 5).map(({ line, message }) => (
            <li key={line}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

type Reading = File['questions'][number]['readings'][number];

/** What a choice makes of the first rows, where it differs from the other choices. */
function Reading({ reading, readings }: { reading: Reading; readings: Reading[] }) {
  const { t } = useLingui();
  const { format } = usePage();
  const written = {
    contract_date: (sale: Sale) => format.day(sale.contract_date),
    settlement_date: (sale: Sale) => format.day(sale.settlement_date),
    price: (sale: Sale) => format.price(sale.price),
    land_area: (sale: Sale) => format.area(sale.land_area),
    floor_area: (sale: Sale) => format.area(sale.floor_area),
    address: (sale: Sale) => sale.address,
  };
  const differing = Object.values(written).find(
    (write) => new Set(readings.map(({ sales }) => sales.map((sale) => sale && write(sale)).join())).size > 1,
  );
  if (!differing) return null;
  const texts = reading.sales.map((sale) => (sale === null ? t`not loaded` : differing(sale)));
  return (
    <small>
      {texts.map((text, i) =>
        // A row that states nothing shows no difference.
        // biome-ignore lint/suspicious/noArrayIndexKey: the first rows of the file
        text === '–' ? null : <span key={i}>{text}</span>,
      )}
    </small>
  );
}

/** The fields that a reader assigns columns to. */
const fields = [
  'contract_date',
  'price',
  'address',
  'locality',
  'postcode',
  'region',
  'type',
  'land_area',
  'floor_area',
  'bedrooms',
  'property_key',
] as const;

interface ColumnsProps {
  file: File;
  columns: string[];
  onAnswer(member: string, column: string): void;
}

/** Which column is which. */
function Columns({ file, columns, onAnswer }: ColumnsProps) {
  const { t } = useLingui();
  const id = useId();
  const names: Record<(typeof fields)[number], string> = {
    contract_date: t`Signed`,
    price: t`Price`,
    address: t`Address`,
    locality: t`Locality`,
    postcode: t`Postcode`,
    region: t`Region`,
    type: t`Type`,
    land_area: t`Land`,
    floor_area: t`Floor`,
    bedrooms: t`Bedrooms`,
    property_key: t`Identifier of the property`,
  };
  const assigned = (file.mapping?.fields ?? {}) as Record<string, { column?: string; columns?: string[] } | undefined>;
  return (
    <details open={file.sales.length === 0 || file.questions.some(({ member }) => member.startsWith('fields'))}>
      <summary>
        <Trans>Which column is which</Trans>
      </summary>
      <div className={classes.columns}>
        {fields.map((field) => {
          const own = assigned[field];
          const joined = own?.columns?.join(' + ');
          return (
            <label key={field} htmlFor={`${id}${field}`}>
              <span>{names[field]}</span>
              <select
                id={`${id}${field}`}
                className="field"
                value={own?.column ?? (joined ? 'joined' : '')}
                onChange={({ target: { value } }) => onAnswer(`fields.${field}`, value)}
              >
                {!own && <option value="">{t`none`}</option>}
                {joined && <option value="joined">{joined}</option>}
                {columns.map((column) => (
                  <option key={column} value={column}>
                    {column}
                  </option>
                ))}
              </select>
            </label>
          );
        })}
      </div>
    </details>
  );
}

/** The first sales, as they would be loaded. */
function FirstSales({ sales }: { sales: File['sales'] }) {
  const { format } = usePage();
  const reasonOf = useReasons();
  return (
    <div className={classes.rows}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">
              <Trans>Signed</Trans>
            </th>
            <th scope="col">
              <Trans>Address</Trans>
            </th>
            <th scope="col">
              <Trans>Locality</Trans>
            </th>
            <th scope="col" className={classes.wide}>
              <Trans>Type</Trans>
            </th>
            <th scope="col" className={`number ${classes.wide}`}>
              <Trans>Land</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>Price</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {sales.slice(0, 6).map((sale) => (
            <tr key={sale.sale_key} className={sale.non_standard ? 'muted' : undefined}>
              <td>{format.day(sale.contract_date)}</td>
              <td>
                {sale.address}
                {sale.non_standard && <span className="muted"> ({reasonOf(sale.non_standard).name})</span>}
              </td>
              <td>{sale.locality ?? '–'}</td>
              <td className={classes.wide}>{sale.type ?? '–'}</td>
              <td className={`number ${classes.wide}`}>{format.area(sale.land_area)}</td>
              <td className="number">{format.price(sale.price)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
