import { Button, MultiSelect, VisuallyHidden } from '@mantine/core';
import { useChoices } from '../api/queries.ts';
import { isFiltered, UNFILTERED, useView } from '../view.ts';
import classes from './filters.module.css';

export function Filters() {
  const { view, show } = useView();
  const choices = useChoices(view);
  return (
    <section className={classes.filters} aria-label="Filters">
      <Choice
        label="Type"
        all="All types"
        chosen={view.type}
        choices={choices.type}
        onChange={(type) => show({ type })}
      />
      <Choice
        label="Region"
        all="All regions"
        chosen={view.region}
        choices={choices.region}
        onChange={(region) => show({ region })}
      />
      {(['locality', 'postcode'] as const).map((level) =>
        view[level].map((name) => (
          <button
            type="button"
            key={`${level} ${name}`}
            className={classes.chosen}
            onClick={() => show({ [level]: view[level].filter((each) => each !== name) })}
          >
            {level === 'locality' ? 'Locality' : 'Postcode'}: {name}
            <VisuallyHidden>, remove this filter</VisuallyHidden>
            <span aria-hidden="true">×</span>
          </button>
        )),
      )}
      {isFiltered(view) && (
        <Button variant="subtle" onClick={() => show(UNFILTERED)}>
          Clear
        </Button>
      )}
    </section>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  chosen: string[];
  choices: string[];
  onChange(chosen: string[]): void;
}

function Choice({ label, all, chosen, choices, onChange }: ChoiceProps) {
  // A value from a link is listed even if the market does not have it, so that the user can remove it.
  const data = [...new Set([...choices, ...chosen])].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return (
    <MultiSelect
      className={classes.choice}
      label={label}
      placeholder={chosen.length === 0 ? all : undefined}
      data={data}
      value={chosen}
      onChange={onChange}
      searchable
      nothingFoundMessage={`No ${label.toLowerCase()} of that name`}
      // A market can have thousands; typing finds the others.
      limit={200}
      hidePickedOptions
    />
  );
}
