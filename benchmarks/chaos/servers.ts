import { mkdir } from 'node:fs/promises';
import { type Service, type StartService, startMysql, startRedis } from '../growth/services.ts';

/** A server that can be killed and started again on its data, at the same address. It ends with this process. */
export class CrashableServer {
  readonly url: string;
  readonly #start: StartService;
  readonly #folder: string;
  readonly #port: number;
  #service: Service | undefined;

  private constructor(start: StartService, folder: string, service: Service) {
    this.#start = start;
    this.#folder = folder;
    this.#service = service;
    this.#port = service.port;
    this.url = service.url;
  }

  /** Redis with an append-only file. */
  static redis(folder: string): Promise<CrashableServer> {
    return CrashableServer.#create(startRedis, folder);
  }

  /** MariaDB or MySQL; the address is the administrator's. */
  static database(folder: string): Promise<CrashableServer> {
    return CrashableServer.#create(startMysql, folder);
  }

  static async #create(start: StartService, folder: string): Promise<CrashableServer> {
    await mkdir(folder);
    return new CrashableServer(start, folder, await start({ folder }));
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    await service?.kill();
  }

  /** Resolves when it answers again. */
  async start(): Promise<void> {
    this.#service ??= await this.#start({ folder: this.#folder, port: this.#port });
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
  }
}
