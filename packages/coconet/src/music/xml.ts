/** Text as it stands in XML. */
const NAMES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (c) => `&${NAMES[c]};`);
