/** Pixels of the picture of a document, as sites expect them. */
export const pictureSize = { width: 1200, height: 630 };
