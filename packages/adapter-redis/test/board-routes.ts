import type {
  AppControllerRoute,
  BullBoardQueues,
  ControllerHandlerReturnType,
  IServerAdapter,
} from "@bull-board/api/dist/types.js";

/** What is asked of the board, as its page would. */
export interface BoardRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Bull Board with its page left out: the very handlers behind its addresses, called without a web server. */
export class BoardRoutes implements IServerAdapter {
  #routes: readonly AppControllerRoute[] = [];
  #queues: BullBoardQueues | undefined;

  /** The answer of the board. @throws Error when it has no such address. */
  async ask(
    method: "get" | "put" | "post" | "patch",
    address: string,
    { params = {}, query = {}, body = {} }: BoardRequest = {},
  ): Promise<ControllerHandlerReturnType> {
    const route = this.#routes.find((one) => one.method === method && [one.route].flat().includes(address));
    if (route === undefined || this.#queues === undefined) throw new Error(`the board has no ${address}.`);
    return route.handler({ queues: this.#queues, uiConfig: {}, params, query, body, headers: {} });
  }

  setQueues(queues: BullBoardQueues): this {
    this.#queues = queues;
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.#routes = routes;
    return this;
  }

  setViewsPath(): this {
    return this;
  }

  setStaticPath(): this {
    return this;
  }

  setEntryRoute(): this {
    return this;
  }

  setErrorHandler(): this {
    return this;
  }

  setUIConfig(): this {
    return this;
  }
}
