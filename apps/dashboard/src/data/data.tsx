import { Trans, useLingui } from '@lingui/react/macro';
import { type DragEvent, useState } from 'react';
import { LastLoad } from '../parts/last-load.tsx';
import view from '../parts/view.module.css';
import { usePage } from '../use-page.ts';
import { AddFiles } from './add-files.tsx';
import { Coverage } from './coverage.tsx';
import classes from './data.module.css';
import { type Chosen, droppedFiles } from './files.ts';
import { Following } from './following.tsx';
import { InterruptedUpload } from './interrupted.tsx';
import { Load } from './load.tsx';
import { Markets } from './markets.tsx';
import { Quality } from './quality.tsx';

/** Files in, and what became of them. */
export function Data() {
  const { t } = useLingui();
  const { address, market, show } = usePage();
  const [chosen, setChosen] = useState<Chosen>();
  const [isOver, setOver] = useState(false);
  const choose = (next: Chosen) => {
    setOver(false);
    if (next.files.length === 0 && next.skipped.length === 0) return;
    setChosen(next);
    show({ load: undefined });
  };
  const allow = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons do the same by keyboard
    <div
      className={isOver ? classes.over : undefined}
      onDragEnter={allow}
      onDragOver={allow}
      onDragLeave={({ currentTarget, relatedTarget }) =>
        !currentTarget.contains(relatedTarget as Node | null) && setOver(false)
      }
      onDrop={(event) => {
        event.preventDefault();
        droppedFiles(event.dataTransfer).then(choose);
      }}
    >
      <h1>{t`Data`}</h1>
      <p className="note">
        <Trans>
          Drop files or folders anywhere on this page. They are loaded into the market {market?.name ?? '…'}.
        </Trans>
      </p>
      <div className={view.grid}>
        <div className={classes.main}>
          {chosen ? (
            <Load
              key={chosen.files.map(({ name, size }) => `${name} ${size}`).join()}
              chosen={chosen}
              onSent={(load) => {
                setChosen(undefined);
                show({ load });
              }}
              onCancel={() => setChosen(undefined)}
            />
          ) : (
            <>
              <InterruptedUpload />
              <AddFiles onChoose={choose} />
            </>
          )}
          {address.load && !chosen && <Following id={address.load} />}
          <LastLoad whole />
          <Quality />
        </div>
        <div className={classes.side}>
          <Markets />
          <Coverage />
        </div>
      </div>
    </div>
  );
}
