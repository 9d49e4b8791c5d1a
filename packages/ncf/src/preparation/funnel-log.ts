import type { FunnelCounts, FunnelStep } from '@sommelier/contracts';

const NOTHING: FunnelCounts = { users: 0, items: 0, events: 0 };

/** Writes down, step by step, what the preparation kept and dropped. */
export class FunnelLog {
  readonly steps: FunnelStep[] = [];

  /** The first step drops nothing; each other one drops what the step before it kept and it does not. */
  add(rule: FunnelStep['rule'], description: string, kept: FunnelCounts): void {
    const before = this.steps.at(-1)?.kept ?? kept;
    const dropped = {
      users: before.users - kept.users,
      items: before.items - kept.items,
      events: before.events - kept.events,
    };
    this.steps.push({ rule, description, kept, dropped });
  }

  /** What the last step kept. */
  get kept(): FunnelCounts {
    return this.steps.at(-1)?.kept ?? NOTHING;
  }

  /** One line that says which rules dropped how many users and events. */
  summary(): string {
    return this.steps
      .filter(({ dropped }) => dropped.users > 0 || dropped.events > 0)
      .map(({ rule, description, dropped }) => {
        const users = dropped.users.toLocaleString('en');
        return `${rule} (${description}) dropped ${users} users and ${dropped.events.toLocaleString('en')} events`;
      })
      .join('; ');
  }
}
