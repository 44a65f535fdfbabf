import { expect, test } from "bun:test";
import { dependsOf, inOrder } from "./modules.ts";

test("what a module depends on is read from its file", () => {
	const file = (text: string) => Buffer.from(`\x7fELF\0license=GPL\0${text}retpoline=Y\0`);
	expect(dependsOf(file("depends=9pnet,fscache,netfs\0"))).toEqual(["9pnet", "fscache", "netfs"]);
	expect(dependsOf(file("depends=\0"))).toEqual([]);
	expect(dependsOf(file(""))).toEqual([]);
});

test("modules stand after what they depend on, each once", () => {
	const depends: Record<string, string[]> = { bridge: ["stp", "llc"], stp: ["llc"], veth: [] };
	expect(inOrder(["veth", "bridge", "stp"], (name) => depends[name] ?? [])).toEqual(["veth", "llc", "stp", "bridge"]);
	expect(() => inOrder(["a"], (name) => (name === "a" ? ["b"] : ["a"]))).toThrow("a, b, a");
});
