// What a consumer has dead-lettered, for operators: list and replay. Only with the installation's token;
// the gateway never routes here.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { DomainError } from '../errors/index.ts';
import { addInternalCommand, addInternalRoute } from '../http/index.ts';
import type { DeadLetters } from '../messaging/index.ts';

const listQuery = z.strictObject({ tenantId: z.string().min(1).optional(), subject: z.string().optional() });
const replayBody = z.strictObject({
  tenantId: z.string().min(1),
  subject: z.string(),
  /** Drops the first letter without its effects, for one that can never be applied. */
  discardFirst: z.boolean().default(false),
});

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new DomainError('validation_failed');
  return parsed.data;
}

/** Adds `GET /internal/dead-letters?tenantId=&subject=` and `POST /internal/dead-letters/replay`. */
export function addDeadLetterRoutes(app: FastifyInstance, internalToken: string, letters: DeadLetters): void {
  addInternalRoute(app, '/internal/dead-letters', internalToken, async (request) => {
    const found = await letters.list(parse(listQuery, request.query));
    const shown = found.map(({ tenantId, domain, partition, entryId, subject, state, event, error, at }) => {
      return { tenantId, domain, partition, entryId, subject, state, event, error, at: at.toISOString() };
    });
    return { data: shown };
  });
  addInternalCommand(app, '/internal/dead-letters/replay', internalToken, async (request) => {
    const { tenantId, subject, discardFirst } = parse(replayBody, request.body);
    return letters.replay({ tenantId, subject }, { discardFirst });
  });
}
