/** Why a method cannot be used on the sales asked for: half a sentence that follows "since". */
export class MissingData extends Error {
  override readonly name = 'MissingData';
}
