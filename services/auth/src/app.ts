// The HTTP app of auth; never listens.
import { buildServiceApp } from '@holdfast/shared/service';
import { addApiKeyRoutes } from './api-keys/api-keys.routes.ts';
import type { Deps } from './deps.ts';
import { addKeyRoutes } from './keys/keys.routes.ts';
import { addMailTokenRoutes } from './mail-tokens/mail-tokens.routes.ts';
import { addRevocationRoutes } from './revocations/revocations.routes.ts';
import { addRoleRoutes } from './roles/roles.routes.ts';
import { addSessionRoutes } from './sessions/sessions.routes.ts';
import { addTenantRoutes } from './tenants/tenants.routes.ts';
import { addUserRoutes } from './users/users.routes.ts';

/** The app on opened dependencies. */
export function buildApp(deps: Deps) {
  return buildServiceApp(deps, {
    checks: { mail: { required: false, check: deps.mailSending.check } },
    routes(app) {
      addKeyRoutes(app, deps);
      addRevocationRoutes(app, deps);
      addTenantRoutes(app, deps);
      addUserRoutes(app, deps);
      addRoleRoutes(app, deps);
      addApiKeyRoutes(app, deps);
      addSessionRoutes(app, deps);
      addMailTokenRoutes(app, deps);
    },
  });
}
