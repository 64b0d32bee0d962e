import { Trans } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';

interface ConfirmedProps {
  /** What the button does. */
  label: ReactNode;
  /** Asked before it is done. */
  question: ReactNode;
  isPending: boolean;
  onConfirm(): void;
}

/** A button for what cannot be undone: the first click asks, the second does it. */
export function Confirmed({ label, question, isPending, onConfirm }: ConfirmedProps) {
  const [asks, setAsks] = useState(false);
  if (!asks) {
    return (
      <button type="button" className="button small" onClick={() => setAsks(true)}>
        {label}
      </button>
    );
  }
  return (
    <span role="alert" className="buttons">
      {question}
      <button type="button" className="button small main" disabled={isPending} onClick={onConfirm}>
        {label}
      </button>
      <button type="button" className="button small quiet" onClick={() => setAsks(false)}>
        <Trans>Keep it</Trans>
      </button>
    </span>
  );
}
