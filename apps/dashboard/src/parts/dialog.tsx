import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import classes from './dialog.module.css';

interface DialogProps {
  title: ReactNode;
  /** drawer: at the side, from below on a phone; panel: in the middle; bare: without a visible title. */
  kind?: 'drawer' | 'panel' | 'bare';
  onClose(): void;
  children: ReactNode;
}

/** A modal dialog. Escape and a click beside it close it; the browser keeps the focus inside. */
export function Dialog({ title, kind = 'panel', onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const { t } = useLingui();
  useEffect(() => {
    const element = dialog.current as HTMLDialogElement;
    element.showModal();
    return () => element.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog without a handler
    <dialog
      ref={dialog}
      className={`${classes.dialog} ${classes[kind]}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <div className={classes.body}>
        <h2 id={heading} className={kind === 'bare' ? 'hidden' : classes.title}>
          {title}
        </h2>
        {kind !== 'bare' && (
          <button type="button" className={`key ${classes.close}`} aria-label={t`Esc, close`} onClick={onClose}>
            Esc
          </button>
        )}
        {children}
      </div>
    </dialog>
  );
}
