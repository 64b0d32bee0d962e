import { Trans, useLingui } from '@lingui/react/macro';
import { useRouter, useRouterState } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { useDeferredValue, useState } from 'react';
import { type Address, carriedOver, withoutFilters } from '../address.ts';
import { questions, useAnswer, useMarkets } from '../api/queries.ts';
import { Dialog } from '../parts/dialog.tsx';
import { nameOfPlace, placeFilter } from '../parts/places.ts';
import { switchColours } from '../preferences.ts';
import { usePage } from '../use-page.ts';
import { readNamedViews, writeNamedViews } from './named-views.ts';
import { notify } from './notices.tsx';
import classes from './palette.module.css';
import { useViews } from './views.ts';

/** Of more markets, these are listed until a name is typed. */
const maxMarkets = 12;

/** Any place, view, market, action and named view, by typing. */
export default function Palette({ onClose }: { onClose(): void }) {
  const { t } = useLingui();
  const router = useRouter();
  const views = useViews();
  const markets = useMarkets();
  const { address, format, show } = usePage();
  const href = useRouterState({ select: ({ location }) => location.href });
  const [typed, setTyped] = useState('');
  const q = useDeferredValue(typed.trim());
  const places = useAnswer(questions.places(address.market, q || 'a'), q.length > 0);
  const [named, setNamed] = useState(readNamedViews);
  const run = (action: () => void) => () => {
    onClose();
    action();
  };
  const go = (to: (typeof views)[number]['path'] | '/app/property', search: (before: Address) => Address) =>
    router.navigate({ to, search });
  const has = (text: string) => text.toLowerCase().includes(q.toLowerCase());
  const actions: [string, () => void][] = [
    [t`Light or dark`, switchColours],
    [t`Settings`, () => router.navigate({ to: '/app/settings', search: carriedOver })],
    [t`Clear all filters`, () => show({ ...withoutFilters(address), ...clearedBy(address), market: address.market })],
    [
      t`Copy the link to this view`,
      () => navigator.clipboard.writeText(window.location.href).then(() => notify(t`The link is copied.`)),
    ],
    ...(q
      ? [
          [
            t`Save this view as “${q}”`,
            () => {
              writeNamedViews({ ...readNamedViews(), [q]: href });
              notify(t`The view “${q}” is saved in this browser.`);
            },
          ] as [string, () => void],
        ]
      : []),
  ];
  return (
    <Dialog kind="bare" title={<Trans>Place, view, action</Trans>} onClose={onClose}>
      <Command shouldFilter={false} loop label={t`Place, view, action`} className={classes.palette}>
        <Command.Input autoFocus value={typed} onValueChange={setTyped} placeholder={t`Place, view, action`} />
        <Command.List>
          <Command.Empty>
            <Trans>Nothing has this name.</Trans>
          </Command.Empty>
          {q && places.data && places.data.places.length > 0 && (
            <Command.Group heading={t`Places`}>
              {places.data.places.map((place) => (
                <Command.Item
                  key={`${place.kind} ${nameOfPlace(place)} ${place.property}`}
                  value={`place ${place.kind} ${nameOfPlace(place)} ${place.property}`}
                  onSelect={run(() =>
                    place.property === null
                      ? go('/app/explore', (before) => ({ ...carriedOver(before), ...placeFilter(place) }))
                      : go('/app/property', (before) => ({
                          ...carriedOver(before),
                          property: place.property ?? undefined,
                        })),
                  )}
                >
                  {nameOfPlace(place)}
                  <span className="muted">
                    {place.kind}, <Trans>{format.count(place.sales)} sales</Trans>
                  </span>
                </Command.Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading={t`Views`}>
            {views
              .filter(({ title }) => has(title))
              .map(({ path, title }) => (
                <Command.Item key={path} value={`view ${path}`} onSelect={run(() => go(path, carriedOver))}>
                  {title}
                </Command.Item>
              ))}
            {Object.entries(named)
              .filter(([name]) => has(name))
              .map(([name, address]) => (
                <Command.Item key={name} value={`named ${name}`} onSelect={run(() => router.history.push(address))}>
                  {name}
                  <button
                    type="button"
                    className="muted"
                    onClick={(event) => {
                      event.stopPropagation();
                      const { [name]: _, ...others } = named;
                      writeNamedViews(others);
                      setNamed(others);
                    }}
                  >
                    <Trans>Remove</Trans>
                  </button>
                </Command.Item>
              ))}
          </Command.Group>
          <Command.Group heading={t`Markets`}>
            {markets.data
              ?.filter(({ name, code }) => has(name) || has(code))
              .slice(0, maxMarkets)
              .map(({ code, name, currency }) => (
                <Command.Item
                  key={code}
                  value={`market ${code}`}
                  onSelect={run(() =>
                    router.navigate({
                      to: '.',
                      search: (before: Address) => ({ ...withoutFilters(before), market: code }),
                    }),
                  )}
                >
                  {name} <span className="muted">{currency}</span>
                </Command.Item>
              ))}
          </Command.Group>
          <Command.Group heading={t`Actions`}>
            {actions
              .filter(([name]) => has(name))
              .map(([name, action]) => (
                <Command.Item key={name} value={`action ${name}`} onSelect={run(action)}>
                  {name}
                </Command.Item>
              ))}
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}

/** Every present parameter as undefined, so that a change of the address removes it. */
const clearedBy = (address: Address): Address =>
  Object.fromEntries(Object.keys(address).map((name) => [name, withoutFilters(address)[name as keyof Address]]));
