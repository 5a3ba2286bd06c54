import { isJobsError } from "@jobs/core";
import type { Capabilities } from "@jobs/core/broker";
import { isError, sleep, systemClock } from "@jobs/core/runtime";
import { QueueRequests } from "../batch/queue-requests.ts";
import { type QueueSettings, sqsCapabilities } from "../capabilities.ts";
import { isUnknownKey } from "../client/error-name.ts";
import type { SqsLink } from "../client/sqs-link.ts";
import { DedupeCache } from "../receive/dedupe-cache.ts";
import {
  type QueueAttributes,
  READ_ATTRIBUTES,
  type RedriveTarget,
  readQueueSettings,
  readRedriveTarget,
} from "./queue-attributes.ts";
import { isFifoName, sqsName } from "./queue-name.ts";

/** Tries with unknown credentials, and the pause between them in ms. AWS needs some time to distribute new ones. */
const KEY_TRIES = 3;
const KEY_PAUSE_MS = 1_000;

/** A queue that was found. */
export interface QueueRecord {
  /** On SQS. */
  readonly fullName: string;
  readonly url: string;
  readonly arn: string | undefined;
  readonly settings: QueueSettings;
  readonly capabilities: Capabilities;
  readonly requests: QueueRequests;
  /** Shared by all its consumers: one may replace another that has messages in flight. */
  readonly dedupe: DedupeCache;
  readonly redriveTarget: RedriveTarget | undefined;
}

interface KnownAttributes {
  readonly attributes: QueueAttributes;
  readonly settings: QueueSettings;
}

/** How queues are looked up. */
export interface QueueRegistryOptions {
  readonly link: SqsLink;
  readonly prefix: string;
  /** The account of the queues, if it is not that of the credentials. */
  readonly accountId: string | undefined;
}

/** Looks up each queue once: its URL, limits and dead-letter queue. It creates and deletes none. */
export class QueueRegistry {
  readonly #options: QueueRegistryOptions;
  readonly #records = new Map<string, Promise<QueueRecord>>();

  constructor(options: QueueRegistryOptions) {
    this.#options = options;
  }

  /** A queue by its name without this broker's prefix. @throws ConfigError · QueueNotFoundError · AccessDeniedError */
  find(name: string): Promise<QueueRecord> {
    return this.#once(sqsName(this.#options.prefix, name), this.#options.accountId);
  }

  /** The dead-letter queue, by its own full name. */
  findTarget({ name, accountId }: RedriveTarget): Promise<QueueRecord> {
    return this.#once(name, this.#options.accountId === undefined ? undefined : accountId);
  }

  /** All callers share one lookup; a failed one is repeated by the next call. */
  #once(fullName: string, accountId: string | undefined): Promise<QueueRecord> {
    let record = this.#records.get(fullName);
    if (record === undefined) {
      record = this.#lookUp(fullName, accountId);
      record.catch(() => this.#records.delete(fullName));
      this.#records.set(fullName, record);
    }
    return record;
  }

  async #lookUp(fullName: string, accountId: string | undefined): Promise<QueueRecord> {
    const url = await this.#patiently(() => this.#urlOf(fullName, accountId));
    const { attributes, settings } = await this.#attributesOf(fullName, url);
    const { link } = this.#options;
    return {
      fullName,
      url,
      arn: attributes.QueueArn,
      settings,
      capabilities: sqsCapabilities(settings),
      requests: new QueueRequests({ link, url, queue: fullName, isFifo: isFifoName(fullName) }),
      dedupe: new DedupeCache(),
      redriveTarget: readRedriveTarget(attributes),
    };
  }

  async #urlOf(fullName: string, accountId: string | undefined): Promise<string> {
    const owner = accountId === undefined ? {} : { QueueOwnerAWSAccountId: accountId };
    const { QueueUrl = "" } = await this.#options.link.call({
      queue: fullName,
      run: (client) => client.getQueueUrl({ QueueName: fullName, ...owner }),
    });
    return QueueUrl;
  }

  /** A producer needs no permission to read them: SQS refuses messages that do not fit. */
  async #attributesOf(fullName: string, url: string): Promise<KnownAttributes> {
    try {
      return await this.#options.link.call({
        queue: fullName,
        async run(client) {
          const request = { QueueUrl: url, AttributeNames: [...READ_ATTRIBUTES] };
          const { Attributes: attributes = {} } = await client.getQueueAttributes(request);
          return { attributes, settings: readQueueSettings(fullName, attributes) };
        },
      });
    } catch (error) {
      if (isJobsError(error, "access_denied"))
        return { attributes: {}, settings: readQueueSettings(fullName, {}) };
      throw error;
    }
  }

  async #patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        const isNewKey = isError(error) && isUnknownKey(error.cause);
        if (!isNewKey || tries >= KEY_TRIES) throw error;
        await sleep(systemClock, KEY_PAUSE_MS);
      }
    }
  }
}
