/** The share links of the token. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { write } from '../api/client.ts';
import { type Report, type ShareLink, useLinks } from '../api/reporting.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { usePage } from '../use-page.ts';
import { Item, Part } from './made-list.tsx';
import { useSubjectWords } from './report-names.ts';
import classes from './reports.module.css';

export function Links({ reports }: { reports: Report[] }) {
  const links = useLinks();
  const [ended, setEnded] = useState(false);
  const { format } = usePage();
  const isEnded = ({ revoked_at, expires_at }: ShareLink) =>
    revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= Date.now());
  const old = links.data?.filter(isEnded).length ?? 0;
  const shown = links.data && (ended ? links.data : links.data.filter((link) => !isEnded(link)));
  return (
    <Part
      title={
        <>
          <Trans>Links</Trans>
          {old > 0 && (
            <button type="button" className={`button small quiet ${classes.beside}`} onClick={() => setEnded(!ended)}>
              {ended ? <Trans>Without those that ended</Trans> : <Trans>{format.count(old)} ended</Trans>}
            </button>
          )}
        </>
      }
      span={6}
      list={{ ...links, data: shown }}
      empty={<Trans>No link of this token is open.</Trans>}
    >
      {(link) => <LinkItem key={link.id} link={link} reports={reports} isEnded={isEnded(link)} />}
    </Part>
  );
}

function LinkItem({ link, reports, isEnded }: { link: ShareLink; reports: Report[]; isEnded: boolean }) {
  const { t } = useLingui();
  const { format } = usePage();
  const queries = useQueryClient();
  const words = useSubjectWords();
  const { id, report, parameters, opened, last_opened_at, revoked_at, expires_at, has_password, origins, author } =
    link;
  const { as_of } = parameters as { as_of?: number };
  const revoke = useMutation({
    mutationFn: () => write('delete', '/reporting/links/{id}', id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['/reporting/links'] }),
  });
  const count = format.count(opened);
  return (
    <Item
      title={words(report, parameters)}
      notes={[
        opened === 0
          ? t`never opened`
          : opened === 1
            ? t`opened once, ${format.moment(last_opened_at as string)}`
            : t`opened ${count} times, last ${format.moment(last_opened_at as string)}`,
        as_of !== undefined && t`version ${as_of}`,
        has_password && t`with a password`,
        origins.length > 0 && t`embedded by ${format.list(origins)}`,
        revoked_at
          ? t`revoked ${format.moment(revoked_at)}`
          : expires_at && (isEnded ? t`ended ${format.moment(expires_at)}` : t`ends ${format.moment(expires_at)}`),
        reports.every(({ name }) => name !== report) && t`its report is deleted`,
        t`made ${format.moment(link.created_at)} by ${author}`,
      ]}
      ended={isEnded}
      error={revoke.error}
    >
      {!isEnded && (
        <Confirmed
          label={<Trans>Revoke</Trans>}
          question={<Trans>Nobody can open it after that.</Trans>}
          isPending={revoke.isPending}
          onConfirm={() => revoke.mutate()}
        />
      )}
    </Item>
  );
}
