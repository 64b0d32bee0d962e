import { type ReactNode, useId, useRef, useState } from 'react';
import classes from './popover.module.css';

interface PopoverProps {
  /** The button's content. */
  label: ReactNode;
  /** The button's name, if its content is not enough. */
  name?: string;
  className?: string;
  /** Rendered while it is open. */
  children(close: () => void): ReactNode;
}

/** A button that opens a panel below itself. The browser closes it on Escape and on a click elsewhere. */
export function Popover({ label, name, className, children }: PopoverProps) {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={className} aria-label={name} aria-expanded={open} popoverTarget={id}>
        {label}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        className={classes.panel}
        onToggle={({ newState }) => setOpen(newState === 'open')}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
