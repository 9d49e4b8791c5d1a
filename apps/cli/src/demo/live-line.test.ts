import { describe, expect, it } from '@jest/globals';
import { LiveLine } from './live-line.ts';

function record(isTTY: boolean) {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), isTTY, columns: 20 };
  let nowMs = 0;
  return { written, line: new LiveLine(output, () => nowMs), wait: (ms: number) => (nowMs += ms) };
}

describe('LiveLine', () => {
  it('rewrites its line on a terminal, cut to the width, and clears it once', () => {
    const { written, line } = record(true);
    line.update('one');
    line.update('a line that is longer than the terminal');
    line.clear();
    line.clear();
    expect(written).toEqual(['\r\u001b[2Kone', '\r\u001b[2Ka line that is long', '\r\u001b[2K']);
  });

  it('writes plain lines elsewhere, at most one every two seconds', () => {
    const { written, line, wait } = record(false);
    line.update('one');
    wait(1_999);
    line.update('two');
    wait(1);
    line.update('three');
    line.clear();
    expect(written).toEqual(['one\n', 'three\n']);
  });
});
