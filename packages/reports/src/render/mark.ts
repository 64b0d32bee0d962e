/** The mark of Property Insights. */
export const mark =
  '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="#1a2026" stroke-width="1.4"><path d="M2 9.2 10 2l8 7.2V18H2z"/><path d="M6 15v-3M10 15V8.5M14 15v-4.5"/></svg>';
