/** Variables of the environment that are secrets as a whole. */
const SECRET_VARIABLES = ['ADMIN_PASSWORD', 'API_KEY'] as const;
/** Variables that are addresses with a password inside. */
const ADDRESS_VARIABLES = ['DATABASE_URL', 'REDIS_URL'] as const;
/** Shorter ones would blot out ordinary words. */
const MIN_SECRET_LENGTH = 6;
/** What has the form of a key of the API, whoever has made it, also when an address has encoded its underscores. */
const API_KEY = /smk(_|%5f)([0-9a-f]{16})\1[A-Za-z0-9_-]{20,}/gi;
const REDACTED = '[redacted]';

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** Takes out keys of the API; their ids stay, so that a line can be traced to a key. */
export function redactApiKeys(text: string): string {
  return text.replace(API_KEY, (_key, _separator, id: string) => `smk_${id}_${REDACTED}`);
}

/**
 * Takes out keys of the API and the passwords of this environment, in the forms in which they reach a text: as they
 * are, percent-encoded, and inside JSON.
 */
export function createRedaction(environment: Readonly<Record<string, string | undefined>>): Redact {
  const forms = new Set<string>();
  for (const secret of secretsOf(environment)) {
    for (const form of [secret, decoded(secret), encodeURIComponent(secret)]) {
      if (form.length < MIN_SECRET_LENGTH) continue;
      forms.add(form).add(JSON.stringify(form).slice(1, -1));
    }
  }
  // The longest first, since one may contain another.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let redacted = redactApiKeys(text);
    for (const form of ordered) redacted = redacted.replaceAll(form, REDACTED);
    return redacted;
  };
}

function secretsOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = SECRET_VARIABLES.map((name) => environment[name] ?? '');
  for (const name of ADDRESS_VARIABLES) {
    // Read by hand: an address that is no URL has a password too.
    secrets.push(/^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:(.*)@/is.exec(environment[name] ?? '')?.[1] ?? '');
  }
  return secrets.filter((secret) => secret !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
