import { type Role, roles } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { mayCreate, newUser, userCreatedEvent } from './user.ts';

describe('a new user', () => {
  it('is active, and its event has neither name nor address', () => {
    const facts = {
      id: 'usr_1',
      tenantId: 'ten_1',
      email: 'Ida@Fjord.example',
      name: 'Ida Berg',
      role: 'STAFF' as const,
    };
    const stamp = { now: new Date(0), newEventId: () => 'evt_1', cause: {} };
    const user = newUser(facts, stamp.now);
    expect(user).toMatchObject({ email: 'ida@fjord.example', status: 'active', version: 1, createdAt: stamp.now });
    const event = userCreatedEvent(user, stamp);
    expect(event).toMatchObject({ type: 'com.holdfast.user.created.v1', data: { userId: 'usr_1', role: 'STAFF' } });
    expect(JSON.stringify(event)).not.toMatch(/ida|berg|fjord/i);
  });
});

describe('who may create whom', () => {
  const creatable: Record<Role, readonly Role[]> = {
    OWNER: roles,
    ADMIN: ['MANAGER', 'SUPPORT', 'STAFF', 'CUSTOMER'],
    MANAGER: [],
    SUPPORT: [],
    STAFF: [],
    CUSTOMER: [],
  };
  it.each(roles)('%s creates only the accounts of the table', (creator) => {
    expect(roles.filter((role) => mayCreate(creator, role))).toEqual(creatable[creator]);
  });
});
