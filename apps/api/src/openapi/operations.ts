import type { ServingConfig } from '@sommelier/contracts';
import { erasureOperations } from './erasure-operations.ts';
import { healthOperations } from './health-operations.ts';
import { logOperations } from './log-operations.ts';
import type { Operation } from './operation.ts';
import { queueOperations } from './queue-operations.ts';
import { recommendationOperations } from './recommendation-operations.ts';
import { scheduleOperations } from './schedule-operations.ts';
import { trainingOperations } from './training-operations.ts';

/** Every operation that the API has, in the order in which the document shows them; a test compares the routes. */
export function operationsOf(serving: ServingConfig): readonly Operation[] {
  return [
    ...recommendationOperations(serving),
    ...logOperations,
    ...erasureOperations,
    ...trainingOperations,
    ...queueOperations,
    ...scheduleOperations,
    ...healthOperations,
  ];
}
