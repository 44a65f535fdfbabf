import { describe, expect, test } from "bun:test";
import { idsNamed, placesOf } from "../../src/targets/states.ts";
import { containerMakers } from "../../src/targets/words.ts";

const read = (maker: (typeof containerMakers)[number], text: string) =>
	placesOf(maker, "x", "/run/user/7")[0]?.read(text);

describe("the state of a container", () => {
	test("lies where its maker keeps it, for root and for the caller", () => {
		const paths = Object.fromEntries(
			containerMakers.map((maker) => [maker, placesOf(maker, "x", "/run/user/7").map(({ path }) => path)]),
		);
		expect(paths).toMatchObject({
			runc: ["/run/runc/x/state.json", "/run/user/7/runc/x/state.json"],
			crun: ["/run/crun/x/status", "/run/user/7/crun/x/status"],
			docker: ["/run/docker/runtime-runc/moby/x/state.json"],
			machine: ["/run/systemd/machines/x"],
		});
		expect(placesOf("runc", "x", undefined).map(({ path }) => path)).toEqual(["/run/runc/x/state.json"]);
		expect(placesOf("containerd", "ns/x", undefined)[0]?.path).toBe("/run/containerd/runc/ns/x/state.json");
	});

	test("names a process, and what that is to be known by", () => {
		expect(read("runc", '{"init_process_pid":5,"init_process_start":77}')).toEqual({ pid: 5, startTime: 77 });
		expect(read("crun", '{"pid":5,"process-start-time":77}')).toEqual({ pid: 5, startTime: 77 });
		expect(read("machine", "NAME=x\nLEADER=5\nLEADER_PIDFDID=88\n")).toMatchObject({ pid: 5, pidfd: "88" });
		expect(read("podman", "5")).toMatchObject({ pid: 5 });
		expect(read("lxc", "5\n6\n")).toMatchObject({ pid: 5 });
	});

	test.each([
		["runc", ""],
		["runc", "[]"],
		["runc", "null"],
		["runc", '{"init_process_pid":0}'],
		["runc", '{"init_process_pid":"5"}'],
		["runc", '{"init_process_pid":1.5}'],
		["crun", '{"pid":-1}'],
		["machine", "XLEADER=5\n"],
		["machine", "LEADER=5x\n"],
		["podman", "5 6"],
		["lxc", ""],
	] as const)("names none: %s %p", (maker, text) => {
		expect(read(maker, text)).toBeUndefined();
	});

	test("is found by name in the lists of docker and podman", () => {
		expect(idsNamed("docker", '{"ID":"abc","Name":"/web"}', "web")).toEqual(["abc"]);
		expect(idsNamed("docker", '{"ID":"abc","Name":"/web"}', "we")).toEqual([]);
		expect(idsNamed("podman", '[{"id":"abc","names":["web"]},{"id":"d","names":["x"]}]', "web")).toEqual(["abc"]);
		expect(idsNamed("podman", "7", "web")).toEqual([]);
	});
});
