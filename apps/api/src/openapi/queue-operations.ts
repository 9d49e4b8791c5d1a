import { queueStateSchema } from '@sommelier/contracts';
import type { Operation } from './operation.ts';

const STATE = { paused: false, waiting: 2, active: 1, delayed: 0 };

const queue: Operation = {
  id: 'queue',
  method: 'get',
  path: '/v1/queue',
  tag: 'Queue and schedules',
  summary: 'The queue of training runs',
  description: 'How many runs wait, and whether workers take them.',
  answers: [{ status: 200, description: 'The queue.', schema: queueStateSchema, example: STATE }],
  errors: ['queue-unavailable'],
  example: {},
};

/** Pausing and its opposite. */
function switching(action: 'pause' | 'resume', summary: string, description: string): Operation {
  return {
    id: `${action}Queue`,
    method: 'post',
    path: `/v1/queue/${action}`,
    tag: 'Queue and schedules',
    summary,
    description: `${description} Doing it twice changes nothing.`,
    answers: [
      {
        status: 200,
        description: 'The queue.',
        schema: queueStateSchema,
        example: { ...STATE, paused: action === 'pause' },
      },
    ],
    errors: ['payload-too-large', 'queue-unavailable', 'database-unavailable'],
    example: {},
  };
}

/** The queue of training runs as a whole. */
export const queueOperations: readonly Operation[] = [
  queue,
  switching(
    'pause',
    'Pause the queue',
    'Workers take no further run: the one in work goes on, and new ones are accepted and wait.',
  ),
  switching('resume', 'Resume the queue', 'Workers take runs again.'),
];
