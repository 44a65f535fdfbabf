/** The published form of the shape: JSON Schema, draft 2020-12, for editors and for programs that make profiles. */
import type { Shape } from "./schema.ts";
import { profileFileShape } from "./shape.ts";

type Json = { readonly [name: string]: unknown };

/** The schema of a profile in a file. */
export function profileSchema(): Json {
	return {
		$schema: "https://json-schema.org/draft/2020-12/schema",
		title: "nskit profile",
		...schemaOf(profileFileShape),
	};
}

function schemaOf(shape: Shape): Json {
	const doc = shape.doc === undefined ? {} : { description: shape.doc };
	return { ...doc, ...bodyOf(shape) };
}

function bodyOf(shape: Shape): Json {
	switch (shape.is) {
		case "boolean":
			return { type: "boolean" };
		case "constant":
			return shape.values.length === 1 ? { const: shape.values[0] } : { enum: shape.values };
		case "integer":
			return { type: "integer", minimum: shape.least, maximum: shape.most };
		case "number":
			return { type: "number", minimum: shape.least, maximum: shape.most };
		case "string":
			return { type: "string", ...(shape.path && { minLength: 1 }) };
		case "span":
			return { type: ["number", "string"] };
		case "bytes":
			return { not: {} };
		case "list":
			return { type: "array", items: schemaOf(shape.of) };
		case "record": {
			const names = shape.names === "variable" ? { propertyNames: { pattern: "^[^=]+$" } } : {};
			return { type: "object", ...names, additionalProperties: schemaOf(shape.of) };
		}
		case "union":
			return { anyOf: shape.of.filter((one) => one.is !== "bytes").map(schemaOf) };
		case "tagged":
			return {
				oneOf: Object.entries(shape.of).map(([type, one]) => {
					const of = bodyOf(one) as { readonly properties: Json };
					return { ...of, properties: { ...of.properties, type: { const: type } } };
				}),
			};
		case "object": {
			const properties: Record<string, Json> = {};
			for (const [name, key] of Object.entries(shape.keys)) properties[name] = schemaOf(key);
			const required = shape.required.length === 0 ? {} : { required: shape.required };
			return { type: "object", properties, ...required, additionalProperties: false };
		}
	}
}
