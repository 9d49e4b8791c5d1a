import type { Fault } from './fault.ts';
import { cancelRun } from './faults/cancel-run.ts';
import { clientKill } from './faults/client-kill.ts';
import { clockBack } from './faults/clock-back.ts';
import { databaseDown } from './faults/database-down.ts';
import { diskFull } from './faults/disk-full.ts';
import { killApi } from './faults/kill-api.ts';
import { killWorker } from './faults/kill-worker.ts';
import { modelFile } from './faults/model-file.ts';
import type { Played } from './faults/played.ts';
import { poison } from './faults/poison.ts';
import { redisRestart } from './faults/redis-restart.ts';
import type { Scene } from './faults/run-under-fault.ts';
import { stallWorker } from './faults/stall-worker.ts';
import type { Shop } from './shop.ts';

/** Plays a fault and takes its cause away again; what it has done to the installation may still last. */
export function playFault(scene: Scene & { shop: Shop }, fault: Fault): Promise<Played> {
  switch (fault.kind) {
    case 'kill-worker':
      return killWorker(scene, fault);
    case 'cancel-run':
      return cancelRun(scene, fault);
    case 'kill-api':
      return killApi(scene, fault);
    case 'redis-restart':
      return redisRestart(scene, fault);
    case 'client-kill':
      return clientKill(scene, fault);
    case 'stall-worker':
      return stallWorker(scene, fault);
    case 'clock-back':
      return clockBack(scene, fault);
    case 'database-down':
      return databaseDown(scene, fault);
    case 'model-file':
      return modelFile(scene, fault);
    case 'disk-full':
      return diskFull(scene, fault);
    case 'poison':
      return poison(scene, fault);
  }
}
