import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { headSize, interpreterOf } from "../../src/observe/interpreter.ts";
import { needs } from "../needs.ts";

const text = (script: string) => interpreterOf(new TextEncoder().encode(script));

describe("`interpreterOf`", () => {
	test("reads the first line of a script", () => {
		expect(text("#!/bin/sh\necho")).toBe("/bin/sh");
		expect(text("#! /usr/bin/env python3\n")).toBe("/usr/bin/env");
		expect(text("#!\n")).toBeUndefined();
		expect(text("echo hi\n")).toBeUndefined();
		expect(text("")).toBeUndefined();
	});

	needs("linux")("finds the loader of a program", () => {
		const head = readFileSync("/bin/sh").subarray(0, headSize);
		expect(interpreterOf(head)).toMatch(/^\/lib(64)?\/ld-/);
	});

	needs("linux")("survives every header that is cut short or changed", () => {
		const head = readFileSync("/bin/sh").subarray(0, headSize);
		for (let length = 0; length < 1024; length += 7) interpreterOf(head.subarray(0, length));
		for (let at = 4; at < 1024; at++) {
			for (const value of [0, 0xff, 0x7f]) {
				const changed = new Uint8Array(head);
				changed[at] = value;
				interpreterOf(changed);
			}
		}
	});
});
