import type { FormEvent, ReactNode } from 'react';
import { Fault } from './fault.tsx';
import classes from './form.module.css';

interface FormProps {
  /** The name of its button. */
  submit: ReactNode;
  save: { mutate(form: FormData): void; error: Error | null; isPending: boolean };
  children: ReactNode;
}

/** A form with its error and its button. */
export function Form({ submit, save, children }: FormProps) {
  return (
    <form
      className={classes.form}
      onSubmit={(event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        save.mutate(new FormData(event.currentTarget));
      }}
    >
      {children}
      <Fault error={save.error} />
      <p className="buttons">
        <button type="submit" className="button main" disabled={save.isPending}>
          {submit}
        </button>
      </p>
    </form>
  );
}
