import { SommelierError } from '@sommelier/contracts';
import express, { type Express, type Router } from 'express';
import type { ApiParts } from './api-parts.ts';
import { accessLog } from './http/access-log.ts';
import { onlyMethods } from './http/methods.ts';
import { handleError } from './http/problem-response.ts';
import { noStore, securityHeaders } from './http/security-headers.ts';
import { trainingCommand } from './http/training-command.ts';
import { indexPage } from './pages/index-page.ts';
import { batchRecommendationRoutes } from './routes/batch-recommendations.ts';
import { documentationRoutes } from './routes/documentation.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { itemRoutes } from './routes/items.ts';
import { jobBoardRoutes } from './routes/job-board.ts';
import { loginRoutes } from './routes/login.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { queueRoutes } from './routes/queue.ts';
import { recommendationRoutes } from './routes/recommendations.ts';
import { runStreamRoutes } from './routes/run-stream.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { similarItemsRoutes } from './routes/similar-items.ts';
import { trainingRunRoutes } from './routes/training-runs.ts';
import { userRoutes } from './routes/users.ts';
import { whyNotRoutes } from './routes/why-not.ts';
import { admission, refuseForeign } from './security/admission.ts';

/** The routes that the OpenAPI document describes; a test holds the two together. */
export function contractRoutes(parts: ApiParts): Router[] {
  return [
    ...[healthRoutes(parts), recommendationRoutes(parts), trainingRunRoutes(parts), modelRoutes(parts)],
    ...[eventRoutes(parts), itemRoutes(parts), userRoutes(parts)],
    ...[batchRecommendationRoutes(parts), whyNotRoutes(parts), similarItemsRoutes(parts)],
    ...[queueRoutes(parts), scheduleRoutes(parts), metricsRoutes(parts), runStreamRoutes(parts)],
  ];
}

/** The HTTP application: middleware, routes, and the problem document for everything that goes wrong. */
export function createApp(parts: ApiParts): Express {
  const app = express();
  app.disable('x-powered-by');
  // Answers change with every event and model: a hash of each would cost more than it saves.
  app.disable('etag');
  // Queries are read strictly by `queryParameters`; Express's own reading would guess.
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.use(parts.metrics.requests.middleware());
  app.use(accessLog(parts.logger));
  app.use(securityHeaders(), refuseForeign);
  app.use((_request, response, next) => {
    if (parts.isStopping()) response.set('Connection', 'close');
    next();
  });
  app.use(admission(parts.security.access));
  app.use(jobBoardRoutes(parts));
  app.use((_request, response, next) => {
    noStore(response);
    next();
  });
  app
    .route('/')
    .get((request, response) => {
      const command = trainingCommand(request);
      response.type('html').send(indexPage(parts.models.status(), parts.config.serving, command));
    })
    .all(onlyMethods('GET', 'HEAD'));
  app.use(loginRoutes(parts.security));
  app.use(...contractRoutes(parts), documentationRoutes(parts));
  app.use((request) => {
    throw new SommelierError('not-found', `There is nothing at ${request.path.slice(0, 200)}.`);
  });
  app.use(handleError);
  return app;
}
