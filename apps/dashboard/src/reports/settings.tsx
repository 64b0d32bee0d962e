import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useId, useState } from 'react';
import { intervals, type Level, papers, summaryGroups } from '../address.ts';
import { questions, useAnswer } from '../api/queries.ts';
import type { Report } from '../api/reporting.ts';
import { languages } from '../i18n.ts';
import { useStatedLevels } from '../parts/covered.ts';
import editors from '../parts/editors.module.css';
import parts from '../parts/part.module.css';
import { Segmented } from '../parts/segmented.tsx';
import { usePage } from '../use-page.ts';
import { Letterhead } from './letterhead.tsx';
import { levelsOf } from './parameters.ts';
import classes from './reports.module.css';

/** What a report takes besides its filters. */
export function Settings({ report }: { report: Report }) {
  const { t, i18n } = useLingui();
  const { address, show } = usePage();
  const takes = (name: string) => report.parameters.includes(name);
  const stated = useStatedLevels();
  const [letterhead, setLetterhead] = useState(false);
  const levelNames: Record<Level, string> = {
    region: t`Region`,
    locality: t`Locality`,
    postcode_prefix: t`Postcode prefix`,
    postcode: t`Postcode`,
  };
  const levels = levelsOf(report).filter((each) => stated.includes(each));
  const level = address.level && levels.includes(address.level) ? address.level : 'locality';
  return (
    <section className={parts.part}>
      <h2>
        <Trans>Settings</Trans>
      </h2>
      <div className={classes.settings}>
        {takes('area') && <AreasToCompare level={level} />}
        {takes('level') && levels.length > 1 && (
          <Setting title={t`Areas by`}>
            <Segmented
              label={t`Areas by`}
              value={level}
              choices={levels.map((each) => [each, levelNames[each]] as const)}
              onChange={(level) => show({ level, area: undefined })}
            />
          </Setting>
        )}
        {takes('by') && (
          <Setting title={t`Rows by`}>
            <Segmented
              label={t`Rows by`}
              value={address.by ?? 'region'}
              choices={summaryGroups.map((each) => [each, each === 'type' ? t`Type` : levelNames[each]] as const)}
              onChange={(by) => show({ by })}
            />
          </Setting>
        )}
        {takes('interval') && (
          <Setting title={t`Periods`}>
            <Segmented
              label={t`Periods`}
              value={address.interval ?? 'automatic'}
              choices={[
                ['automatic', t`Automatic`],
                ...intervals.map(
                  (each) => [each, { month: t`Month`, quarter: t`Quarter`, year: t`Year` }[each]] as const,
                ),
              ]}
              onChange={(interval) => show({ interval: interval === 'automatic' ? undefined : interval })}
            />
          </Setting>
        )}
        <Setting title={t`Language`}>
          <Segmented
            label={t`Language of the report`}
            value={address.language ?? (i18n.locale as keyof typeof languages)}
            choices={Object.entries(languages) as [keyof typeof languages, string][]}
            onChange={(language) => show({ language })}
          />
        </Setting>
        <Setting title={t`Paper`}>
          <Segmented
            label={t`Paper`}
            value={address.paper ?? 'a4'}
            choices={papers.map((each) => [each, { a4: 'A4', letter: 'US Letter' }[each]] as const)}
            onChange={(paper) => show({ paper: paper === 'a4' ? undefined : paper })}
          />
        </Setting>
        {takes('notes') && (
          <label className={classes.check}>
            <input
              type="checkbox"
              checked={address.notes !== undefined}
              onChange={({ target }) => show({ notes: target.checked ? 'true' : undefined })}
            />
            <Trans>Notes of the market on the charts</Trans>
          </label>
        )}
        <Commentary key={address.commentary} />
      </div>
      <p className="buttons">
        <button type="button" className="button small" aria-haspopup="dialog" onClick={() => setLetterhead(true)}>
          <Trans>Letterhead</Trans>
        </button>
      </p>
      {letterhead && <Letterhead onClose={() => setLetterhead(false)} />}
    </section>
  );
}

function Setting({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.setting}>
      <span aria-hidden="true">{title}</span>
      {children}
    </div>
  );
}

const maxCompared = 10;

function AreasToCompare({ level }: { level: Level }) {
  const { t } = useLingui();
  const { address, filters, show } = usePage();
  const id = useId();
  const chosen = address.area ?? [];
  const { data } = useAnswer(questions.areas(filters, { level, sort: 'sales', order: 'desc' }, 200));
  const known = data?.areas.map(({ area }) => area) ?? [];
  return (
    <div className={classes.compared}>
      <label htmlFor={id}>
        <Trans>Areas to compare, up to {maxCompared}</Trans>
      </label>
      <input
        id={id}
        className="field"
        list={`${id}areas`}
        disabled={!data || chosen.length >= maxCompared}
        placeholder={known.slice(0, 2).join(', ')}
        onChange={({ target }) => {
          // A name that is chosen from the list, or typed as the list has it.
          if (!known.includes(target.value) || chosen.includes(target.value)) return;
          show({ level, area: [...chosen, target.value] });
          target.value = '';
        }}
      />
      <datalist id={`${id}areas`}>
        {known
          .filter((each) => !chosen.includes(each))
          .map((each) => (
            <option key={each} value={each} />
          ))}
      </datalist>
      {chosen.length > 0 && (
        <ul className={editors.chips}>
          {chosen.map((each) => (
            <li key={each}>
              <button
                type="button"
                aria-label={t`Remove ${each}`}
                onClick={() => show({ area: chosen.filter((other) => other !== each) })}
              >
                {each} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {chosen.length === 0 && known.length > 1 && (
        <p>
          <button type="button" className="button small" onClick={() => show({ level, area: known.slice(0, 5) })}>
            <Trans>The five with the most sales</Trans>
          </button>
        </p>
      )}
    </div>
  );
}

function Commentary() {
  const { address, show } = usePage();
  const id = useId();
  const [text, setText] = useState(address.commentary ?? '');
  return (
    <details className={classes.commentary} open={address.commentary !== undefined}>
      <summary>
        <Trans>Commentary</Trans>
      </summary>
      <label htmlFor={id} className="note">
        <Trans>Markdown; it follows the headline figures.</Trans>
      </label>
      <textarea
        id={id}
        className="field"
        rows={5}
        maxLength={8000}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <p className="buttons">
        <button
          type="button"
          className="button small"
          disabled={text === (address.commentary ?? '')}
          onClick={() => show({ commentary: text.trim() || undefined })}
        >
          <Trans>Put it into the report</Trans>
        </button>
      </p>
    </details>
  );
}
