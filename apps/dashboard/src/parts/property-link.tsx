import { Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { type Address, carriedOver } from '../address.ts';

/** Opens the page of a property. */
export function PropertyLink({ id }: { id: number }) {
  return (
    <Link
      className="button small screen"
      to="/app/property"
      search={(before: Address) => ({ ...carriedOver(before), property: id })}
    >
      <Trans>The property</Trans>
    </Link>
  );
}
