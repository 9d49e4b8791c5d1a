import { InvalidArgumentError, Option } from 'commander';

export interface UrlOption {
  readonly url: string;
}

/** `--url`, for commands that ask the API. */
export function urlOption(): Option {
  return new Option('--url <url>', 'address of the API')
    .default('http://127.0.0.1:8080')
    .env('SOMMELIER_URL')
    .argParser(httpAddress);
}

function httpAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be an address such as http://127.0.0.1:8080.');
}
