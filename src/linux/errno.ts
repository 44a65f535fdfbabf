/**
 * The names of error numbers, from 0 on, sixteen columns each; blank where there is none.
 * Source: include/uapi/asm-generic/errno-base.h and errno.h (the same on x86-64 and arm64).
 */
// biome-ignore format: a table
export const errnoTable =
	"                EPERM           ENOENT          ESRCH           EINTR           EIO             " +
	"ENXIO           E2BIG           ENOEXEC         EBADF           ECHILD          EAGAIN          " +
	"ENOMEM          EACCES          EFAULT          ENOTBLK         EBUSY           EEXIST          " +
	"EXDEV           ENODEV          ENOTDIR         EISDIR          EINVAL          ENFILE          " +
	"EMFILE          ENOTTY          ETXTBSY         EFBIG           ENOSPC          ESPIPE          " +
	"EROFS           EMLINK          EPIPE           EDOM            ERANGE          EDEADLK         " +
	"ENAMETOOLONG    ENOLCK          ENOSYS          ENOTEMPTY       ELOOP                           " +
	"ENOMSG          EIDRM           ECHRNG          EL2NSYNC        EL3HLT          EL3RST          " +
	"ELNRNG          EUNATCH         ENOCSI          EL2HLT          EBADE           EBADR           " +
	"EXFULL          ENOANO          EBADRQC         EBADSLT                         EBFONT          " +
	"ENOSTR          ENODATA         ETIME           ENOSR           ENONET          ENOPKG          " +
	"EREMOTE         ENOLINK         EADV            ESRMNT          ECOMM           EPROTO          " +
	"EMULTIHOP       EDOTDOT         EBADMSG         EOVERFLOW       ENOTUNIQ        EBADFD          " +
	"EREMCHG         ELIBACC         ELIBBAD         ELIBSCN         ELIBMAX         ELIBEXEC        " +
	"EILSEQ          ERESTART        ESTRPIPE        EUSERS          ENOTSOCK        EDESTADDRREQ    " +
	"EMSGSIZE        EPROTOTYPE      ENOPROTOOPT     EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP      " +
	"EPFNOSUPPORT    EAFNOSUPPORT    EADDRINUSE      EADDRNOTAVAIL   ENETDOWN        ENETUNREACH     " +
	"ENETRESET       ECONNABORTED    ECONNRESET      ENOBUFS         EISCONN         ENOTCONN        " +
	"ESHUTDOWN       ETOOMANYREFS    ETIMEDOUT       ECONNREFUSED    EHOSTDOWN       EHOSTUNREACH    " +
	"EALREADY        EINPROGRESS     ESTALE          EUCLEAN         ENOTNAM         ENAVAIL         " +
	"EISNAM          EREMOTEIO       EDQUOT          ENOMEDIUM       EMEDIUMTYPE     ECANCELED       " +
	"ENOKEY          EKEYEXPIRED     EKEYREVOKED     EKEYREJECTED    EOWNERDEAD      ENOTRECOVERABLE " +
	"ERFKILL         EHWPOISON       ";

/** Columns of a name in the table. */
export const errnoColumns = 16;

/** The highest error number that has a name. */
export const lastErrno = errnoTable.length / errnoColumns - 1;

/** `"EPERM"` for 1; `"E999"` for a number without a name. */
export function errnoName(errno: number): string {
	return errnoTable.slice(errnoColumns * errno, errnoColumns * (errno + 1)).trimEnd() || `E${errno}`;
}

/** 1 for `"EPERM"`; -1 for a name that does not exist. */
export function errnoNumber(name: string): number {
	const at = errnoTable.indexOf(`${name} `);
	return name !== "" && at >= 0 && at % errnoColumns === 0 ? at / errnoColumns : -1;
}
