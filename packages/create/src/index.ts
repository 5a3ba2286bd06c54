export { BROKER_CHOICES, type BrokerChoice, type BrokerName, findBroker } from "./broker-choice.ts";
export { CreateError, type CreateErrorCode } from "./create-error.ts";
export { planProject, writeProject } from "./create-project.ts";
export { type PackageManager, packageManagerOf } from "./package-manager.ts";
export type { Language, ProjectChoices } from "./project-files.ts";
export { type Start, startProject } from "./start-project.ts";
