import { erasureSchema, idSchema } from '@sommelier/contracts';
import { EXAMPLE_ERASURE } from './examples.ts';
import type { Operation } from './operation.ts';

const eraseUser: Operation = {
  id: 'eraseUser',
  method: 'delete',
  path: '/v1/users/{userId}',
  tag: 'Events and items',
  summary: 'Erase a user',
  description:
    "Deletes the user's events at once, and has the user taken out of every model and file. From the answer on nobody is recommended anything from what the user did, whichever replica is asked (within a second on the others); the files follow, as the erasure in the answer says. Whoever is sent under the same id later is somebody new. Erasing a user who is not known, or again, finds nothing and is no error.",
  pathParameters: { userId: idSchema },
  answers: [
    {
      status: 202,
      description: 'The events are deleted; the files will be.',
      schema: erasureSchema,
      example: EXAMPLE_ERASURE,
      headers: { Location: 'Address of the erasure, to ask how far it is.' },
    },
  ],
  errors: ['database-unavailable'],
  example: { path: { userId: '257597' } },
};

const erasure: Operation = {
  id: 'erasure',
  method: 'get',
  path: '/v1/erasures/{erasureId}',
  tag: 'Events and items',
  summary: 'How far an erasure is, and its receipt',
  description:
    'What was deleted so far, and what is waited for. Once it is finished, this is the receipt: it has a hash of the id, and not the id.',
  pathParameters: { erasureId: erasureSchema.shape.id },
  answers: [{ status: 200, description: 'The erasure.', schema: erasureSchema, example: EXAMPLE_ERASURE }],
  errors: ['erasure-not-found', 'database-unavailable'],
  example: { path: { erasureId: 1 } },
};

/** Taking somebody out of everything. */
export const erasureOperations: readonly Operation[] = [eraseUser, erasure];
