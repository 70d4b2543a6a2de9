/** What a reader of a page sees: its text without tags, on one line, with ordinary spaces. */
export const seen = (page: { toString(): string }): string =>
  page
    .toString()
    .replaceAll('<wbr />', '')
    .replaceAll(/<style>.*<\/style>|<title>.*?<\/title>|<[^>]+>/gs, ' ')
    .replaceAll(/[\s\u00a0\u202f]+/g, ' ');
