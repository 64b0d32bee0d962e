/** Areas and periods with fewer sales than this are marked, because their median is unreliable. The service computes no change from them either. */
export const THIN = 5;
