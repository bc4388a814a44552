// The catalog has a new variant: its level is opened.
import { type DomainEvent, isEvent, variantCreated } from '@holdfast/shared/contracts';
import { causeOf } from '../cause.ts';
import type { OpenLevel } from './open-level.ts';

/** The level to open, or undefined for any other event. */
export function onVariantCreated(event: DomainEvent): OpenLevel | undefined {
  if (!isEvent(event, variantCreated)) return undefined;
  const { variantId, initialStock } = event.data;
  return { tenantId: event.tenantid, variantId, initialStock, cause: causeOf(event) };
}
