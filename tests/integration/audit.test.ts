import { describe, expect, it } from '@jest/globals';
import { readReport } from '../../scripts/audit.mjs';

const report = (vulnerabilities: unknown) => JSON.stringify({ vulnerabilities, metadata: {} });

describe('the report of npm audit', () => {
  it('names the packages with a grave vulnerability, and no other', () => {
    const text = report({
      a: { name: 'a', severity: 'critical', via: [{ title: 'Code runs' }, { title: 'Code runs' }] },
      b: { name: 'b', severity: 'high', via: ['a'] },
      c: { name: 'c', severity: 'moderate', via: [{ title: 'Slow' }] },
    });
    expect(readReport(text)).toEqual({
      checked: true,
      grave: [
        { name: 'a', severity: 'critical', titles: ['Code runs'] },
        { name: 'b', severity: 'high', titles: ['through a'] },
      ],
    });
    expect(readReport(report({}))).toEqual({ checked: true, grave: [] });
  });

  it.each([
    ['', 'npm audit said nothing'],
    ['npm error network', 'npm error network'],
    ['{"message": "405 Method Not Allowed", "error": {"summary": ""}}', '405 Method Not Allowed'],
    ['{"error": {"code": "ENOTFOUND", "summary": ""}}', 'ENOTFOUND'],
    ['npm warn x\n{"message": "no audit"}', 'no audit'],
    ['{}', 'an answer without a report'],
  ])('of %j is no report', (text, reason) => {
    expect(readReport(text)).toEqual({ checked: false, reason });
  });
});
