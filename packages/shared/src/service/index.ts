export { buildServiceApp, type ServedService, type ServiceAppOptions } from './build-service-app.ts';
export {
  type OpeningService,
  openService,
  type Service,
  type ServiceDeclaration,
  type ServiceOptions,
} from './open-service.ts';
export { tailCheck } from './standard-checks.ts';
