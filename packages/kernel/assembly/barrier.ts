import { ABORTED, ARRIVED, SLEEPERS, T_BARRIER_TARGET, THREADS } from '../src/plan';

/** Looks at the counter before a thread goes to sleep: some tens of microseconds. */
const SPINS = 20_000;
const SLEEP_NS: i64 = 100_000_000;

/**
 * Waits until all threads have come here. The counter only grows (modulo 2^32), so that no thread can overtake it.
 * @returns false when a thread has given up and the others must stop.
 */
export function meet(plan: usize, thread: usize): bool {
  const threads = load<u32>(plan, THREADS);
  if (threads == 1) return true;
  const target = load<u32>(thread, T_BARRIER_TARGET) + threads;
  store<u32>(thread, target, T_BARRIER_TARGET);
  const arrived = atomic.add<u32>(plan, 1, ARRIVED) + 1;
  if (<i32>(arrived - target) >= 0) {
    if (atomic.load<u32>(plan, SLEEPERS) > 0) atomic.notify(plan + ARRIVED, -1);
    return atomic.load<u32>(plan, ABORTED) == 0;
  }
  for (let spin = 0; spin < SPINS; spin++) {
    if (<i32>(atomic.load<u32>(plan, ARRIVED) - target) >= 0) return atomic.load<u32>(plan, ABORTED) == 0;
  }
  atomic.add<u32>(plan, 1, SLEEPERS);
  let now = atomic.load<u32>(plan, ARRIVED);
  while (<i32>(now - target) < 0 && atomic.load<u32>(plan, ABORTED) == 0) {
    // Wakes up at once when the counter has moved since; the time-out lets a thread see that another gave up.
    atomic.wait<i32>(plan + ARRIVED, now, SLEEP_NS);
    now = atomic.load<u32>(plan, ARRIVED);
  }
  atomic.sub<u32>(plan, 1, SLEEPERS);
  return atomic.load<u32>(plan, ABORTED) == 0;
}
