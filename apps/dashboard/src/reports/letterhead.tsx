import { Trans, useLingui } from '@lingui/react/macro';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { addressOf, get, request } from '../api/client.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Fault } from '../parts/fault.tsx';
import { Segmented } from '../parts/segmented.tsx';
import { Failure, Skeleton } from '../parts/states.tsx';
import { NeededToken } from '../parts/token-field.tsx';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import classes from './reports.module.css';

const path = '/reporting/letterhead';
const defaultAccent = '#1a2026';
/** Bytes of a picture. */
const maxLogo = 32_768;

/** Who publishes the documents: of one market, or of all that have no letterhead of their own. */
export function Letterhead({ onClose }: { onClose(): void }) {
  const { t } = useLingui();
  const { market } = usePage();
  const [of, setOf] = useState<'all' | 'market'>('all');
  const query = of === 'market' ? { market: market?.code } : {};
  const { data, error, refetch } = useQuery({
    queryKey: ['/reporting/letterheads'],
    queryFn: ({ signal }) => get('/reporting/letterheads', {}, signal),
    staleTime: 0,
  });
  const saved = data?.find(({ market: code }) => code === (query.market ?? null))?.letterhead;
  return (
    <Dialog title={<Trans>Letterhead</Trans>} onClose={onClose}>
      <div className={classes.form}>
        <Segmented
          label={t`Whose documents`}
          value={of}
          choices={[
            ['all', t`Of all markets`],
            ['market', t`Only of ${market?.name ?? ''}`],
          ]}
          onChange={(next) => setOf(next)}
        />
        {error ? (
          <Failure title={<Trans>The letterhead has not loaded.</Trans>} error={error} retry={refetch} />
        ) : data === undefined ? (
          <Skeleton height={240} />
        ) : (
          <LetterheadForm
            key={`${of} ${saved?.name}`}
            before={saved}
            address={addressOf(path, query)}
            onClose={onClose}
          />
        )}
      </div>
    </Dialog>
  );
}

interface LetterheadFormProps {
  before: { name: string; accent?: string; logo?: string; disclaimer?: string } | undefined;
  /** Of the letterhead. */
  address: string;
  onClose(): void;
}

function LetterheadForm({ before, address, onClose }: LetterheadFormProps) {
  const { t } = useLingui();
  const id = useId();
  const queries = useQueryClient();
  const [logo, setLogo] = useState(before?.logo);
  const [fault, setFault] = useState<string>();
  const save = useMutation({
    mutationFn: (letterhead: object | undefined) =>
      request(
        address,
        letterhead
          ? { method: 'PUT', body: JSON.stringify(letterhead), headers: { 'content-type': 'application/json' } }
          : { method: 'DELETE' },
      ),
    async onSuccess(_, letterhead) {
      // Every document has it.
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('/reporting/') });
      notify(letterhead ? t`Documents have the new letterhead.` : t`The letterhead is removed.`);
      onClose();
    },
  });
  const read = async (file: File | undefined) => {
    setFault(undefined);
    if (!file) return;
    if (!/^image\/(png|jpeg)$/.test(file.type)) return setFault(t`A logo is a PNG or a JPEG.`);
    if (file.size > maxLogo)
      return setFault(t`A logo has at most 32 KiB; this one has ${Math.ceil(file.size / 1024)}.`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    setLogo(`data:${file.type};base64,${btoa(String.fromCharCode(...bytes))}`);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim();
    save.mutate({
      name: text('name'),
      ...(text('accent') !== defaultAccent && { accent: text('accent') }),
      ...(logo && { logo }),
      ...(text('disclaimer') && { disclaimer: text('disclaimer') }),
    });
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <NeededToken scope="admin" error={save.error} />
      <label htmlFor={`${id}name`}>
        <Trans>Name of the publisher</Trans>
      </label>
      <input id={`${id}name`} name="name" className="field" required maxLength={100} defaultValue={before?.name} />
      <div className={classes.pair}>
        <label>
          <span>
            <Trans>Colour of the name and of rules</Trans>
          </span>
          <input name="accent" type="color" className="field" defaultValue={before?.accent ?? defaultAccent} />
        </label>
        <label>
          <span>
            <Trans>Logo, PNG or JPEG up to 32 KiB</Trans>
          </span>
          <input type="file" accept="image/png,image/jpeg" onChange={({ target }) => read(target.files?.[0])} />
        </label>
      </div>
      {logo && (
        <p className="buttons">
          <img src={logo} alt={t`The logo`} className={classes.logo} />
          <button type="button" className="button small" onClick={() => setLogo(undefined)}>
            <Trans>Without a logo</Trans>
          </button>
        </p>
      )}
      <label htmlFor={`${id}disclaimer`}>
        <Trans>Last paragraphs of every document</Trans>
      </label>
      <textarea
        id={`${id}disclaimer`}
        name="disclaimer"
        className="field"
        rows={4}
        maxLength={2000}
        defaultValue={before?.disclaimer}
      />
      <Fault error={fault ?? save.error} />
      <p className="buttons">
        <button type="submit" className="button main" disabled={save.isPending}>
          <Trans>Save the letterhead</Trans>
        </button>
        {before && (
          <Confirmed
            label={<Trans>Remove</Trans>}
            question={<Trans>Remove it from all documents?</Trans>}
            isPending={save.isPending}
            onConfirm={() => save.mutate(undefined)}
          />
        )}
      </p>
    </form>
  );
}
