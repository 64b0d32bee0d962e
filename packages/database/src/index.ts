export {
  type Attribute,
  type AttributeIn,
  type AttributeName,
  type AttributeValues,
  attributeNames,
  attributes,
  boundsOf,
  eachAttribute,
  isTextAttribute,
  maxAttributeLength,
  type NumberAttribute,
  type NumberAttributeName,
  type TextAttributeName,
  vanishes,
} from './attributes.ts';
export {
  type Changes,
  exportChanges,
  exportVersion,
  type MarketState,
  placeColumns,
  type Rows,
  saleColumns,
  setAsideColumns,
  type WrittenRevision,
} from './changes.ts';
export { coded } from './coded.ts';
export { connectionOptions, type DatabaseAddress, type Log } from './connection.ts';
export {
  type CredentialSource,
  type Credentials,
  fixedCredentials,
  secretCredentials,
} from './credentials.ts';
export { Database, type DatabaseOptions } from './database.ts';
export { emptyMarket, findDeletedMarket } from './empty-market.ts';
export {
  Abandoned,
  Busy,
  CannotUndo,
  CommitUnknown,
  Conflict,
  DatabaseUnavailable,
  Gone,
  Invalid,
  isDiskFull,
  NotFound,
  VersionGone,
} from './errors.ts';
export { markedSql, withMark, withoutMark } from './formula.ts';
export { claimUnchosen, recordChoice, releaseUnchosen, remainsQuiet, type Unchosen } from './index-choice.ts';
export {
  endedByDeletion,
  lockMarket,
  lockMarketRow,
  lockMarketSoon,
  MarketBusy,
  MarketGone,
  requireMarket,
} from './market-lock.ts';
export { addNote, listNotes, type MarketNote, maxNoteLength, maxNotes, removeNote } from './market-notes.ts';
export { type MigrateOptions, migrate } from './migrate.ts';
export { recordRestore } from './restore.ts';
export { filesNote, type MarketMember, type RevisionNote, revisionNoteSchema, storableJson } from './revision-notes.ts';
export { ensureServiceUser, type Group, narrowPublicPrivileges } from './roles.ts';
export type * from './schema.ts';
export { maxReasonLength, setAside } from './set-aside.ts';
export {
  addToken,
  ensureToken,
  findToken,
  hashToken,
  isToken,
  listTokens,
  minAdminHours,
  type NewToken,
  type PresentedToken,
  presentToken,
  revokeToken,
  scopes,
  type Token,
} from './tokens.ts';
export { traced } from './tracing.ts';
export { compareForUndo, planUndo, type Undo, writeUndo } from './undo.ts';
export { type CurrentMarket, defaultMarketId, type MarketVersion, readWrittenAt } from './version.ts';
export type { RevisionInput, WriteTransaction, Written } from './write.ts';
