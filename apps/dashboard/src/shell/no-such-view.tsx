import { Trans } from '@lingui/react/macro';
import { Link, useRouterState } from '@tanstack/react-router';
import { Empty } from '../parts/states.tsx';

export function NoSuchView() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <Empty title={<Trans>There is no such view.</Trans>}>
      <p>
        <Trans>
          The address <q>{path}</q> does not exist.
        </Trans>{' '}
        <Link to="/">
          <Trans>Go to the overview.</Trans>
        </Link>
      </p>
    </Empty>
  );
}
