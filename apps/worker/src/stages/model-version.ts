/** Name of a model version: when it was made (UTC), and the first 12 hexadecimal digits of the file's SHA-256. */
export function modelVersionName(createdAtMs: number, sha256: string): string {
  const time = new Date(createdAtMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}Z-${sha256.slice(0, 12)}`;
}
