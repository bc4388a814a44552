// The rate plans of tenants: how many requests one may make. An operator sets it; the access token tells it to the
// gateway, which has no database.

export const ratePlans = ['standard', 'plus', 'unlimited'] as const;
export type RatePlan = (typeof ratePlans)[number];

/** The plan that a text names; `standard` for anything else, so that a name of a later release is no outage. */
export function ratePlanOf(name: unknown): RatePlan {
  return ratePlans.find((plan) => plan === name) ?? 'standard';
}
