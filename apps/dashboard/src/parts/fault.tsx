import classes from './fault.module.css';

/** Why what the reader did has failed; nothing without an error. */
export function Fault({ error }: { error: { message: string } | string | null | undefined }) {
  return error ? (
    <p role="alert" className={classes.fault}>
      {typeof error === 'string' ? error : error.message}
    </p>
  ) : null;
}
