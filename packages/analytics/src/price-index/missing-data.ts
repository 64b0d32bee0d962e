/** The selected sales lack data that a method needs. The message is a clause that follows "since". */
export class MissingData extends Error {
  override readonly name = 'MissingData';
}
