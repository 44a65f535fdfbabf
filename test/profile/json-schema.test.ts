import { describe, expect, test } from "bun:test";
import { schemaText } from "../../scripts/schema.ts";
import { profileSchema } from "../../src/profile/json-schema.ts";
import { textOf } from "../docs/markdown.ts";

describe("the published schema", () => {
	test("is that of the shape: bun scripts/schema.ts makes it", () => {
		expect(textOf("docs/profile.schema.json")).toBe(schemaText());
	});

	test("is closed, and holds nothing that a file cannot", () => {
		const { properties, additionalProperties } = profileSchema() as {
			properties: object;
			additionalProperties: boolean;
		};
		expect(additionalProperties).toBe(false);
		expect(Object.keys(properties).slice(0, 4)).toEqual(["$schema", "extends", "user", "mount"]);
		expect(schemaText()).not.toContain('"not"');
	});
});
