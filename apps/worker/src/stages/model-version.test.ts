import { expect, test } from '@jest/globals';
import { versionSchema } from '@sommelier/contracts';
import { modelVersionName } from './model-version.ts';

test('a version is the time in UTC and the beginning of the hash', () => {
  const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const version = modelVersionName(Date.UTC(2015, 5, 2, 5, 2, 12, 117), sha256);
  expect(version).toBe('20150602T050212Z-e3b0c44298fc');
  expect(versionSchema.safeParse(version).success).toBe(true);
});
