import type { ItemProperties, PropertyValue } from '@sommelier/contracts';

/** Digits that a number has at most if it comes back from memory as it was written. */
const MAX_DIGITS = 15;
/** As people write numbers; "007" and "1e5" are codes more often than numbers. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Properties by name, of values as a file has them: what looks like a number is one, `true` and `false` are booleans,
 * everything else is a text, and an empty value is none.
 */
export function propertiesOf(names: readonly string[], values: readonly string[]): ItemProperties {
  const properties: [string, PropertyValue][] = [];
  names.forEach((name, place) => {
    const value = values[place] ?? '';
    if (value !== '') properties.push([name, propertyValue(value)]);
  });
  return Object.fromEntries(properties);
}

function propertyValue(text: string): PropertyValue {
  if (text === 'true') return true;
  if (text === 'false') return false;
  return NUMBER.test(text) && text.replace(/\D/g, '').length <= MAX_DIGITS ? Number(text) : text;
}
