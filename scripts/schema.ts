/** Makes `docs/profile.schema.json` of the shape of a profile: `bun scripts/schema.ts`. A test compares them. */
import { join } from "node:path";
import { profileSchema } from "../src/profile/json-schema.ts";

/** The text of the published schema. */
export const schemaText = (): string => `${JSON.stringify(profileSchema(), null, "\t")}\n`;

if (import.meta.main) await Bun.write(join(import.meta.dir, "../docs/profile.schema.json"), schemaText());
