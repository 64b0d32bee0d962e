import { Trans } from '@lingui/react/macro';
import classes from './data.module.css';
import { type Chosen, folderFiles } from './files.ts';

/** Where files are dropped or chosen. */
export function AddFiles({ onChoose }: { onChoose(chosen: Chosen): void }) {
  return (
    <section className={classes.part}>
      <h2>
        <Trans>Add files</Trans>
      </h2>
      <p className="note">
        <Trans>
          Files of land registries, packed or not, and any table with a row for each sale: CSV, XLSX, ODS, JSON lines,
          GeoJSON or Parquet. Nothing is written before you have seen how they are read.
        </Trans>
      </p>
      <div className={classes.drop}>
        <span>
          <Trans>Drop them here, or</Trans>
        </span>
        <label className="button main">
          <input
            type="file"
            multiple
            className="hidden"
            onChange={({ target }) => target.files && onChoose({ files: [...target.files], skipped: [] })}
          />
          <Trans>Choose files</Trans>
        </label>
        <label className="button">
          <input
            type="file"
            className="hidden"
            ref={(input) => input?.setAttribute('webkitdirectory', '')}
            onChange={({ target }) => target.files && onChoose(folderFiles(target.files))}
          />
          <Trans>Choose a folder</Trans>
        </label>
      </div>
    </section>
  );
}
