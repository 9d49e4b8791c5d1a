/** CPU milliseconds of this process, user and system, its helper threads included. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * CPU milliseconds of each call of `work`, until `seconds` have been measured. Earlier calls are not counted: as many
 * as fit into a third of that time, unless the first takes so long that it must do.
 */
export function repeatTimed(seconds: number, work: (call: number) => void): number[] {
  const times: number[] = [];
  let warm = 0;
  for (let call = 0; warm < (seconds * 1_000) / 3; call++) {
    const time = timed(work, call);
    warm += time;
    if (call === 0 && time > seconds * 1_000) return [time];
  }
  let measured = 0;
  for (let call = 0; measured < seconds * 1_000; call++) {
    const time = timed(work, call);
    measured += time;
    times.push(time);
  }
  return times;
}

function timed(work: (call: number) => void, call: number): number {
  const start = cpuMilliseconds();
  work(call);
  return cpuMilliseconds() - start;
}
