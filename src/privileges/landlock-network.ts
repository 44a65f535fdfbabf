/**
 * A filter of system calls against the ways to use TCP that Landlock does not see: Multipath TCP and SMC are sockets of
 * another kind, TCP Fast Open connects while it sends, and what io_uring does is seen by no filter.
 */
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import type { Arch } from "../linux/syscalls.ts";
import { bpf, dataOffsets, encode, type Instruction } from "../seccomp/bpf.ts";

/** The numbers of the calls that are looked at, in one way to call the kernel. */
interface Calls {
	readonly architecture: number;
	readonly socket: number;
	/** With the argument that holds the flags. */
	readonly sends: readonly (readonly [call: number, flags: number])[];
	/** The one call behind which older 32-bit programs hide all others, with arguments that no filter sees. */
	readonly socketcall?: number;
}

/** The same everywhere. */
const ioUringSetup = 425;

const ways: Readonly<Record<Arch, readonly Calls[]>> = {
	x64: [
		{
			...{ architecture: constants.AUDIT_ARCH_X86_64, socket: 41 },
			sends: [
				[44, 3],
				[46, 2],
				[307, 3],
			],
		},
		{
			...{ architecture: constants.AUDIT_ARCH_I386, socket: 359, socketcall: 102 },
			sends: [
				[369, 3],
				[370, 2],
				[345, 3],
			],
		},
	],
	arm64: [
		{
			...{ architecture: constants.AUDIT_ARCH_AARCH64, socket: 198 },
			sends: [
				[206, 3],
				[211, 2],
				[269, 3],
			],
		},
		{
			...{ architecture: constants.AUDIT_ARCH_ARM, socket: 281, socketcall: 102 },
			sends: [
				[289, 3],
				[290, 3],
				[296, 2],
				[374, 3],
			],
		},
	],
};

/** IPPROTO_SMC and IPPROTO_MPTCP, and the family AF_SMC: all of them make TCP connections. */
const protocols = [256, 262];
const familySmc = 43;
const MSG_FASTOPEN = 0x2000_0000;
/** Calls with this bit are those of x32. */
const x32 = 0x4000_0000;

const allow: Instruction = [bpf.give, 0, 0, constants.SECCOMP_RET_ALLOW];
const refuse = (error: string): Instruction => [bpf.give, 0, 0, constants.SECCOMP_RET_ERRNO + errnoNumber(error)];
const argument = (i: number): Instruction => [bpf.load, 0, 0, dataOffsets.argument(i)];

/** As kernels answer that know none of these: programs then take plain TCP. */
const checkSocket: readonly Instruction[] = [
	argument(2),
	[bpf.jumpIfEqual, 3, 0, protocols[0] ?? 0],
	[bpf.jumpIfEqual, 2, 0, protocols[1] ?? 0],
	argument(0),
	[bpf.jumpIfEqual, 0, 1, familySmc],
	refuse("EPROTONOSUPPORT"),
	allow,
];

/** As where TCP Fast Open is switched off. */
const checkFlags = (i: number): readonly Instruction[] => [
	argument(i),
	[bpf.jumpIfAnySet, 0, 1, MSG_FASTOPEN],
	refuse("EOPNOTSUPP"),
	allow,
];

/** The filter as an array of `struct sock_filter`. Calls of x32 are refused altogether, as most kernels do. */
export function portFilter(arch: Arch): Uint8Array {
	const program: Instruction[] = [];
	for (const { architecture, socket, sends, socketcall } of ways[arch]) {
		const block: Instruction[] = [[bpf.load, 0, 0, dataOffsets.call]];
		const on = (call: number, then: readonly Instruction[]): void => {
			block.push([bpf.jumpIfEqual, 0, then.length, call], ...then);
		};
		if (arch === "x64" && socketcall === undefined) block.push([bpf.jumpIfAtLeast, 0, 1, x32], refuse("ENOSYS"));
		on(socket, checkSocket);
		for (const [call, i] of sends) on(call, checkFlags(i));
		on(ioUringSetup, [refuse("EPERM")]);
		if (socketcall !== undefined) on(socketcall, [refuse("ENOSYS")]);
		block.push(allow);
		program.push(
			[bpf.load, 0, 0, dataOffsets.architecture],
			[bpf.jumpIfEqual, 0, block.length, architecture],
			...block,
		);
	}
	return encode([...program, allow]);
}
