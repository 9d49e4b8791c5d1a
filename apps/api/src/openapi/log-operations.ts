import {
  eventsAnswerSchema,
  eventsRequestSchema,
  idSchema,
  itemsAnswerSchema,
  itemsRequestSchema,
  mergeAnswerSchema,
  mergeRequestSchema,
} from '@sommelier/contracts';
import type { Operation } from './operation.ts';

const ERRORS = ['payload-too-large', 'database-unavailable'] as const;

const sendEvents: Operation = {
  id: 'sendEvents',
  method: 'post',
  path: '/v1/events',
  tag: 'Events and items',
  summary: 'Store events',
  description:
    'Stores what users did. All events of a request are stored or none. An event that is stored already is counted, not stored again: one with the same eventId, or without one the same user, item, type, time and transaction. So a request may be repeated as long as each of its events has an eventId or a time.',
  body: {
    schema: eventsRequestSchema,
    required: true,
    example: {
      events: [{ userId: '257597', itemId: '461686', type: 'view', eventId: '6f1d2c9e-b0a4' }],
    },
  },
  answers: [
    {
      status: 200,
      description: 'All events are stored: now, or before.',
      schema: eventsAnswerSchema,
      example: { inserted: 1, duplicates: 0 },
    },
  ],
  errors: ERRORS,
  example: {},
};

const writeItems: Operation = {
  id: 'writeItems',
  method: 'post',
  path: '/v1/items',
  tag: 'Events and items',
  summary: 'Write items',
  description:
    'Writes what is known about items, each as a whole: what is absent is unknown afterwards, not as it was. An item may come once in a request.',
  body: {
    schema: itemsRequestSchema,
    required: true,
    example: {
      items: [
        { itemId: '461686', categoryId: '1016', available: true, price: 59.9, properties: { brand: 'Acme' } },
      ],
    },
  },
  answers: [
    {
      status: 200,
      description: 'All items are stored.',
      schema: itemsAnswerSchema,
      example: { stored: 1 },
    },
  ],
  errors: ERRORS,
  example: {},
};

const mergeUser: Operation = {
  id: 'mergeUser',
  method: 'post',
  path: '/v1/users/{userId}/merge',
  tag: 'Events and items',
  summary: 'Make two users one',
  description:
    'What the user in the body did becomes what the user in the address did: for an anonymous visitor who logs in. To repeat it moves nothing more.',
  pathParameters: { userId: idSchema },
  body: { schema: mergeRequestSchema, required: true, example: { from: 'visitor-8231' } },
  answers: [
    {
      status: 200,
      description: 'All events are moved.',
      schema: mergeAnswerSchema,
      example: { moved: 12, duplicates: 0 },
    },
  ],
  errors: [...ERRORS, 'merge-too-large'],
  example: { path: { userId: '257597' } },
};

/** What the shop tells: events, items, and that two users are one. */
export const logOperations: readonly Operation[] = [sendEvents, writeItems, mergeUser];
