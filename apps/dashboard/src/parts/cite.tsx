import { Trans, useLingui } from '@lingui/react/macro';
import { useRouterState } from '@tanstack/react-router';
import { type Address, writeQuery } from '../address.ts';
import { type Question, useAnswer } from '../api/queries.ts';
import type { Citation } from '../api/types.ts';
import { notify } from '../shell/notices.tsx';
import { usePage } from '../use-page.ts';
import classes from './cite.module.css';
import { Dialog } from './dialog.tsx';
import { Failure, Skeleton } from './states.tsx';

interface CiteProps {
  /** What is cited. */
  title: string;
  question: Question;
  onClose(): void;
}

/** The address of this view as it is now: with the market and the version. */
function citedAddress(path: string, address: Address, market: string, version: number): string {
  const { rows: _, ...kept } = address;
  return `${window.location.origin}${path}?${writeQuery({ ...kept, market, as_of: version })}`;
}

/** How to cite an answer: a sentence, a link to this view, the address and digest of the answer, and BibTeX. */
export function Cite({ title, question, onClose }: CiteProps) {
  const { t } = useLingui();
  const { address, market } = usePage();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const { data, error, refetch } = useAnswer(question);
  // Every answer to a question with filters has both.
  const answer = data as { version: number; citation: Citation } | undefined;
  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text);
    notify(what);
    onClose();
  };
  const link = answer && market ? citedAddress(path, address, market.code, answer.version) : '';
  return (
    <Dialog title={<Trans>Cite: {title}</Trans>} onClose={onClose}>
      {error && !answer ? (
        <Failure title={<Trans>The citation has not loaded.</Trans>} error={error} retry={refetch} />
      ) : !answer ? (
        <Skeleton height={200} />
      ) : (
        <div className={classes.cite}>
          <p>{answer.citation.sentence}</p>
          <label>
            <span className="note">
              <Trans>This view, as it is now</Trans>
            </span>
            <input className="field" readOnly value={link} onFocus={({ target }) => target.select()} />
          </label>
          <p className="note">
            <Trans>
              Version {answer.version} · Digest <code className={classes.digest}>{answer.citation.digest}</code>
            </Trans>
          </p>
          <p className="buttons">
            <button
              type="button"
              className="button main"
              onClick={() => copy(answer.citation.sentence, t`The sentence is copied.`)}
            >
              <Trans>Copy sentence</Trans>
            </button>
            <button type="button" className="button" onClick={() => copy(link, t`The link is copied.`)}>
              <Trans>Copy link</Trans>
            </button>
            <button
              type="button"
              className="button"
              onClick={() => copy(answer.citation.bibtex, t`The BibTeX entry is copied.`)}
            >
              BibTeX
            </button>
            <a className="button quiet" href={answer.citation.address}>
              <Trans>The answer as JSON</Trans>
            </a>
          </p>
          <p className="note">
            <Trans>The link gives these same figures, also after later loads.</Trans>
          </p>
        </div>
      )}
    </Dialog>
  );
}
