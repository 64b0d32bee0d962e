/** A median of fewer sales than this tells little: such areas and periods are marked. The service tells no change from them either. */
export const THIN = 5;
