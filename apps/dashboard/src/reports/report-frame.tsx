import { useLingui } from '@lingui/react/macro';
import classes from './reports.module.css';

/** A report as the service makes it, in a frame that runs no scripts and has no access to this page. */
export function ReportFrame({ title, html, isStale }: { title: string; html: string; isStale: boolean }) {
  const { t } = useLingui();
  return (
    <iframe
      className={classes.frame}
      aria-busy={isStale}
      title={t`Preview: ${title}`}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      // The citation of the report links to it. It opens beside this page.
      srcDoc={html.replace('<head>', '<head><base target="_blank">')}
    />
  );
}
