// The catalog has a variant: its level is opened, if it has none.
import { type DomainEvent, isEvent, variantCreated, variantSnapshot } from '@holdfast/shared/contracts';
import { causeOf } from '../cause.ts';
import type { OpenLevel } from './open-level.ts';

/** The level to open, or undefined for any other event. */
export function onVariantCreated(event: DomainEvent): OpenLevel | undefined {
  if (!isEvent(event, variantCreated) && !isEvent(event, variantSnapshot)) return undefined;
  const { variantId, initialStock, createdBy: actor = 'service:catalog' } = event.data;
  return { tenantId: event.tenantid, variantId, initialStock, actor, cause: causeOf(event) };
}
