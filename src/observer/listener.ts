/** The observer's end of a filter: receiving notifications and answering them. seccomp_unotify(2) */
import { close, moveAbove } from "../descriptors.ts";
import { addressOf, checked, SystemError, systemCall } from "../ffi.ts";
import { constants } from "../linux/constants.ts";
import { errnoNumber } from "../linux/errno.ts";
import { answerSize, decodeNotification, type Notification, notificationSize } from "../observe/notification.ts";
import { setWord } from "../stub/instruction.ts";

const [ENOENT, EINTR] = [errnoNumber("ENOENT"), errnoNumber("EINTR")];
const POLLIN = 1;
/** MAX_ERRNO: what filters say above it means this one. */
const lastError = 4095;

/** A connected pair of sockets that keep messages apart; both close on exec. socketpair(2). */
export function socketPair(): { ours: number; theirs: number } {
	const { AF_UNIX, SOCK_SEQPACKET, SOCK_CLOEXEC } = constants;
	const ends = new Int32Array(2);
	const made = systemCall("socketpair", AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
	checked(made, "socketpair", "AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0");
	return { ours: ends[0] ?? -1, theirs: ends[1] ?? -1 };
}

/** The descriptor that was sent to this socket, closed on exec; `undefined` when nothing was. Does not wait. recvmsg(2). */
export function receiveDescriptor(socket: number): number | undefined {
	const { MSG_DONTWAIT, MSG_CMSG_CLOEXEC } = constants;
	const control = new Uint32Array(6);
	const data = new Uint32Array(4);
	const byte = new Uint8Array(8);
	setWord(data, 0, addressOf(byte));
	setWord(data, 2, 1);
	const message = new Uint32Array(14);
	setWord(message, 4, addressOf(data));
	setWord(message, 6, 1);
	setWord(message, 8, addressOf(control));
	setWord(message, 10, control.byteLength);
	const count = systemCall("recvmsg", socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (count <= 0) return undefined;
	const isDescriptor = control[0] === 20 && control[2] === constants.SOL_SOCKET && control[3] === constants.SCM_RIGHTS;
	return isDescriptor ? control[4] : undefined;
}

/** Receives and answers, one notification at a time. */
export class Listener {
	private readonly words: Uint32Array;
	private readonly answerWords: Uint32Array;
	private readonly polls: Uint32Array;
	private readonly time = new Uint32Array(4);

	constructor(private number: number) {
		// A newer kernel may write more than is known here.
		const sizes = new Uint16Array(4);
		checked(systemCall("seccomp", constants.SECCOMP_GET_NOTIF_SIZES, 0, sizes), "seccomp", "SECCOMP_GET_NOTIF_SIZES");
		this.words = new Uint32Array(Math.ceil(Math.max(sizes[0] ?? 0, notificationSize) / 4));
		this.answerWords = new Uint32Array(Math.ceil(Math.max(sizes[1] ?? 0, answerSize) / 4));
		this.polls = new Uint32Array([number, POLLIN]);
	}

	get fd(): number {
		return this.number;
	}

	/** Gives the descriptor a number from here on. */
	moveAbove(least: number): void {
		this.number = moveAbove(this.number, least);
		this.polls[0] = this.number;
	}

	/** Whether something can be received, at once or within so many nanoseconds. ppoll(2). */
	isReadable(patience = 0): boolean {
		this.polls[1] = POLLIN;
		this.time[2] = patience;
		return systemCall("ppoll", this.polls, 1, this.time, 0, 8) === 1 && (this.polls[1] ?? 0) >>> 16 === POLLIN;
	}

	/** The next notification. To be asked for only when there is one: this waits otherwise. */
	receive(): Notification | undefined {
		this.words.fill(0);
		const result = systemCall("ioctl", this.fd, constants.SECCOMP_IOCTL_NOTIF_RECV, this.words);
		// Whoever made the call has been killed meanwhile.
		if (-result === ENOENT || -result === EINTR) return undefined;
		checked(result, "ioctl", `${this.fd}, SECCOMP_IOCTL_NOTIF_RECV`);
		return decodeNotification(this.words);
	}

	/** Whether the call that was received last still waits, so that what was read of its process was its own. */
	isWaiting(): boolean {
		return systemCall("ioctl", this.fd, constants.SECCOMP_IOCTL_NOTIF_ID_VALID, this.words.subarray(0, 2)) === 0;
	}

	/**
	 * Lets the call that was received last go on, or gives it an error in place of what it asked for; 0 is done without
	 * having been done. False when nobody waits for it any more.
	 */
	answer(error?: number): boolean {
		const { SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_USER_NOTIF_FLAG_CONTINUE } = constants;
		this.answerWords.fill(0);
		this.answerWords.set(this.words.subarray(0, 2));
		if (error === undefined) this.answerWords[5] = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		else this.answerWords[4] = -Math.min(error, lastError);
		const result = systemCall("ioctl", this.fd, SECCOMP_IOCTL_NOTIF_SEND, this.answerWords);
		if (result === 0) return true;
		if (-result === ENOENT) return false;
		throw new SystemError("ioctl", `${this.fd}, SECCOMP_IOCTL_NOTIF_SEND`, -result);
	}

	close(): void {
		close(this.fd);
	}
}
