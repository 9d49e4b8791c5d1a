import { readFile } from 'node:fs/promises';
import { type Config, configSchema, SommelierError, zodDetails } from '@sommelier/contracts';

const MAX_CONFIG_BYTES = 1_048_576;

/**
 * Reads `sommelier.config.json`; a file that does not exist is the same as `{}`.
 * @throws SommelierError `invalid-config` that names the file and each wrong key.
 */
export async function readConfigFile(path: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return configSchema.parse({});
    throw new SommelierError('invalid-config', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (text.length > MAX_CONFIG_BYTES) {
    throw new SommelierError('invalid-config', `${path} is larger than ${MAX_CONFIG_BYTES} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SommelierError('invalid-config', `${path} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const parsed = configSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const details = zodDetails(parsed.error);
  throw new SommelierError(
    'invalid-config',
    `${path} is not valid: ${details.map((d) => `${d.path}: ${d.message}`).join('; ')}`,
    { details },
  );
}
