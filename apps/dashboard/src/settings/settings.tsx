import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useId } from 'react';
import { type Access, mayDo, type Scope, useAccess } from '../api/access.ts';
import { areaUnits } from '../format.ts';
import { chooseLanguage, type Language, languages, locales } from '../i18n.ts';
import { Fault } from '../parts/fault.tsx';
import parts from '../parts/part.module.css';
import { Segmented } from '../parts/segmented.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { TokenForm } from '../parts/token-field.tsx';
import view from '../parts/view.module.css';
import { type Colours, chooseColours, remembered } from '../preferences.ts';
import { usePage } from '../use-page.ts';
import { useRemembered } from '../use-remembered.ts';
import classes from './settings.module.css';
import { Tokens } from './tokens.tsx';

/** What this browser remembers, what the reader may do, and, for administrators, who else may do what. */
export function Settings() {
  const access = useAccess();
  return (
    <>
      <h1>
        <Trans>Settings</Trans>
      </h1>
      <p className="note">
        <Trans>They are kept in this browser, and change nothing for others.</Trans>
      </p>
      <div className={view.grid}>
        <Appearance />
        <section className={parts.part} data-span="6">
          <h2>
            <Trans>Access</Trans>
          </h2>
          {access.error ? (
            <Refused error={access.error} retry={access.refetch} />
          ) : access.data ? (
            <OwnAccess access={access.data} />
          ) : (
            <Skeleton height={200} />
          )}
        </section>
        {access.data && mayDo(access.data, 'admin') && <Tokens />}
      </div>
    </>
  );
}

function Appearance() {
  const { t, i18n } = useLingui();
  const { format } = usePage();
  const id = useId();
  const colours = useRemembered('colours');
  const areaUnit = useRemembered('areaUnit');
  const chosen = useRemembered('locale');
  const language = i18n.locale as Language;
  const regions = new Intl.DisplayNames(language, { type: 'region' });
  return (
    <section className={parts.part} data-span="6">
      <h2>
        <Trans>Appearance</Trans>
      </h2>
      <Setting title={t`Language`}>
        <Segmented
          label={t`Language`}
          value={language}
          choices={Object.entries(languages) as [Language, string][]}
          onChange={chooseLanguage}
        />
      </Setting>
      <Setting title={t`Numbers and dates`} htmlFor={id}>
        <select
          id={id}
          className="field"
          value={locales[language].find((each) => each === chosen) ?? ''}
          onChange={({ target }) => {
            remembered.locale.write(target.value || undefined);
            chooseLanguage(language);
          }}
        >
          <option value="">{t`As the browser`}</option>
          {locales[language].map((each) => (
            <option key={each} value={each}>
              {regions.of(each.slice(-2))}
            </option>
          ))}
        </select>
        <span className="note">
          {format.price(1_234_567)} · {format.decimal(1234.5)} · {format.day('2024-09-30')}
        </span>
      </Setting>
      <Setting title={t`Unit of areas`}>
        <Segmented
          label={t`Unit of areas`}
          value={areaUnits.find((each) => each === areaUnit) ?? 'm²'}
          choices={areaUnits.map((each) => [each, each] as const)}
          onChange={(unit) => remembered.areaUnit.write(unit === 'm²' ? undefined : unit)}
        />
      </Setting>
      <Setting title={t`Colours`}>
        <Segmented
          label={t`Colours`}
          value={(colours as Colours | undefined) ?? 'system'}
          choices={[
            ['system', t`As the system`],
            ['light', t`Light`],
            ['dark', t`Dark`],
          ]}
          onChange={(next) => chooseColours(next === 'system' ? undefined : next)}
        />
      </Setting>
      <p className="note">
        <Trans>Addresses, files and reports keep m², and reports have a language of their own.</Trans>
      </p>
    </section>
  );
}

function Setting({ title, htmlFor, children }: { title: string; htmlFor?: string; children: ReactNode }) {
  return (
    <div className={classes.setting}>
      {htmlFor ? <label htmlFor={htmlFor}>{title}</label> : <span aria-hidden="true">{title}</span>}
      <div>{children}</div>
    </div>
  );
}

/** A remembered token that is no longer valid. */
function Refused({ error, retry }: { error: Error; retry(): void }) {
  const token = useRemembered('token');
  if (token === undefined) {
    return <Failure title={<Trans>Your access is not known.</Trans>} error={error} retry={retry} />;
  }
  return (
    <>
      <Fault error={error} />
      <TokenForm />
      <Forget />
    </>
  );
}

function OwnAccess({ access }: { access: Access }) {
  const { t } = useLingui();
  const { format } = usePage();
  const token = useRemembered('token');
  const { name, scope, expires_at } = access;
  const rights: [Scope, string][] = [
    ['read', t`read figures and reports where reading needs a token`],
    ['write', t`load files, set sales aside, share and schedule reports`],
    ['admin', t`undo, add and delete markets, set the letterhead, create and revoke tokens`],
  ];
  return (
    <>
      <p>
        {scope === null ? (
          <Trans>No token is entered. You may read what is open to everybody.</Trans>
        ) : (
          <Trans>
            The token <b>{name}</b> has the scope <b>{scope}</b>
            {expires_at ? `, ${t`until ${format.moment(expires_at)}`}` : ''}.
          </Trans>
        )}
      </p>
      <table className="table">
        <caption className="hidden">
          <Trans>What each scope allows</Trans>
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Scope</Trans>
            </th>
            <th scope="col">
              <Trans>Allows to</Trans>
            </th>
            <th scope="col" className="number">
              <Trans>You</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {rights.map(([each, what]) => {
            const may = mayDo(access, each);
            return (
              <tr key={each} className={may ? undefined : 'muted'}>
                <th scope="row">{each}</th>
                <td>{what}</td>
                <td className="number">{may ? t`yes` : t`no`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {token !== undefined ? (
        <Forget />
      ) : scope === null ? (
        <>
          <TokenForm />
          <p className="note">
            <Trans>It is kept until this tab is closed. An administrator creates tokens here, or by the API.</Trans>
          </p>
        </>
      ) : (
        <p className="note">
          <Trans>The system on this machine adds this token to what the page sends.</Trans>
        </p>
      )}
    </>
  );
}

function Forget() {
  return (
    <p className="buttons">
      <button type="button" className="button" onClick={() => remembered.token.write(undefined)}>
        <Trans>Forget the token</Trans>
      </button>
    </p>
  );
}
