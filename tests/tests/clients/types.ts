// Right uses of the types are taken; what follows "@ts-expect-error" must be refused.
import type { components, operations, paths } from "./api";

type Schemas = components["schemas"];

export const order: Schemas["NewWorkspace"] = {
  tenant: "ght-bm",
  name: "visio",
  domain: "visio.ght-bm.example",
  apps: [{ name: "meet", channel: "Stable" }, { name: "docs", version: "0.1.0" }],
  data: ["Staff"],
  placement: { sites: 2 },
  suspended: false,
  updates: "Pinned",
};

export const patch: Schemas["WorkspacePatch"] = { placement: null, maintenanceWindow: { durationMinutes: 90 } };

export const requests: operations["preview"]["requestBody"]["content"]["application/json"][] = [
  order,
  { workspace: "ght-bm.visio", updates: "FollowChannel" },
];

// @ts-expect-error there is no such kind of data
export const data: Schemas["NewWorkspace"]["data"] = ["Secrets"];

// @ts-expect-error an app needs a version or a channel
export const app: Schemas["OrderedApp"] = { name: "meet" };

// @ts-expect-error apps cannot be taken away
export const none: Schemas["WorkspacePatch"] = { apps: null };

type Answer = paths["/v1/workspaces"]["post"]["responses"];

export function told(made: Answer[201]["content"]["application/json"]): string {
  switch (made.state) {
    case "Ready":
      return made.sites.map((site) => site.city).join(", ");
    // @ts-expect-error there is no such state
    case "Elsewhere":
    default:
      return made.message;
  }
}

export function refused(problem: Answer[422]["content"]["application/problem+json"]): string[] {
  return (problem.errors ?? []).map((error) => `${error.field}: ${error.fix}`);
}

export function tag(made: Answer[201]): string {
  return made.headers.ETag;
}
