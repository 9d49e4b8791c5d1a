// A thread of a kernel's team. It sleeps until the host counts the sequence up, calls the function that the host names
// with the others, and counts itself done. Plain JavaScript, so that it runs from the sources as well as from a build.
import { parentPort, workerData } from 'node:worker_threads';

const { module, memory, plan, index, control, aborted, functions } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
// In the order of `WORD` in src/thread-team.ts.
const [SEQUENCE, FUNCTION, FIRST, END, DONE] = [0, 1, 2, 3, 4];

parentPort.postMessage('ready');
let seen = 0;
for (;;) {
  Atomics.wait(control, SEQUENCE, seen);
  const sequence = Atomics.load(control, SEQUENCE);
  // A wait may end without cause.
  if (sequence === seen) continue;
  seen = sequence;
  const name = functions[control[FUNCTION]];
  if (name === undefined) break;
  try {
    exports[name](plan, index, control[FIRST], control[END]);
  } catch (error) {
    // The others wait for this thread inside the kernel, where no event reaches them.
    Atomics.store(aborted, 0, 1);
    throw error;
  }
  Atomics.add(control, DONE, 1);
  Atomics.notify(control, DONE);
}
