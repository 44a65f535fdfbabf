/*
 * What ns does for `--net=veth --ip 10.77.0.2/24 --gateway 10.77.0.1`, from C: a child makes a network namespace, the
 * parent lays a cable into it, the child brings loopback and the cable up with an address and a route, and becomes a
 * static program that does nothing; then the cable is taken away. One round for each line on standard input.
 * Prints the nanoseconds it took.
 *
 *     links COMMAND
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct { struct nlmsghdr head; char body[512]; } message;

static void begin(int type, int flags, const void *fixed, size_t size) {
	memset(&message, 0, sizeof message);
	message.head.nlmsg_len = NLMSG_LENGTH(size);
	message.head.nlmsg_type = type;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	memcpy(message.body, fixed, size);
}

static struct rtattr *add(int type, const void *data, size_t size) {
	struct rtattr *attribute = (void *)((char *)&message + NLMSG_ALIGN(message.head.nlmsg_len));
	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	if (size) memcpy(RTA_DATA(attribute), data, size);
	message.head.nlmsg_len = NLMSG_ALIGN(message.head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static void end(struct rtattr *attribute) {
	attribute->rta_len = (char *)&message + NLMSG_ALIGN(message.head.nlmsg_len) - (char *)attribute;
}

/* The answer has to be no error, but for the one that is allowed. */
static void say_unless(int fd, int allowed) {
	struct { struct nlmsghdr head; struct nlmsgerr error; char rest[64]; } answer;
	if (send(fd, &message, message.head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0) _exit(125);
	if (answer.error.error && -answer.error.error != allowed) { fprintf(stderr, "links: %s\n", strerror(-answer.error.error)); _exit(125); }
}

static void say(int fd) { say_unless(fd, 0); }

static int open_netlink(void) {
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0) _exit(125);
	return fd;
}

static void up(int fd, int index) {
	struct ifinfomsg link = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	begin(RTM_NEWLINK, 0, &link, sizeof link);
	say(fd);
}

/* The child, once the cable is there. */
static void inside(void) {
	int fd = open_netlink();
	unsigned int address = inet_addr("10.77.0.2"), gateway = inet_addr("10.77.0.1");
	int index = if_nametoindex("eth0");
	struct ifaddrmsg head = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = index };
	struct rtmsg route = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST };
	up(fd, 1);
	begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof head);
	add(IFA_LOCAL, &address, 4);
	add(IFA_ADDRESS, &address, 4);
	say(fd);
	up(fd, index);
	begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
	add(RTA_GATEWAY, &gateway, 4);
	add(RTA_OIF, &index, 4);
	say(fd);
	close(fd);
}

static void cable(int fd, const char *name, int namespace) {
	struct ifinfomsg link = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP }, other = { 0 };
	begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
	add(IFLA_IFNAME, name, strlen(name) + 1);
	struct rtattr *info = add(IFLA_LINKINFO, NULL, 0);
	add(IFLA_INFO_KIND, "veth", 4);
	struct rtattr *data = add(IFLA_INFO_DATA, NULL, 0);
	struct rtattr *peer = add(VETH_INFO_PEER, &other, sizeof other);
	add(IFLA_NET_NS_FD, &namespace, 4);
	add(IFLA_IFNAME, "eth0", 5);
	end(peer);
	end(data);
	end(info);
	say(fd);
}

static void round_of(const char *command) {
	int ready[2], go[2];
	char byte, path[64], name[IFNAMSIZ];
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0) exit(125);
	pid_t child = fork();
	if (child == 0) {
		char *argv[] = { "noop", NULL }, *env[] = { NULL };
		if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "x", 1) < 0 || read(go[0], &byte, 1) != 1) _exit(125);
		inside();
		execve(command, argv, env);
		_exit(127);
	}
	if (read(ready[0], &byte, 1) != 1) exit(125);
	snprintf(path, sizeof path, "/proc/%d/ns/net", child);
	snprintf(name, sizeof name, "nc%d", child);
	int namespace = open(path, O_RDONLY | O_CLOEXEC), fd = open_netlink(), status;
	cable(fd, name, namespace);
	close(namespace);
	int index = if_nametoindex(name);
	if (write(go[1], "x", 1) < 0 || waitpid(child, &status, 0) < 0 || status) exit(125);
	struct ifinfomsg link = { .ifi_index = index };
	begin(RTM_DELLINK, 0, &link, sizeof link);
	/* It goes with the namespace, which the kernel takes apart whenever it likes. */
	say_unless(fd, ENODEV);
	close(fd);
	close(ready[0]), close(ready[1]), close(go[0]), close(go[1]);
}

int main(int argc, char **argv) {
	struct timespec from, to;
	if (argc != 2) return 125;
	while (getchar() != EOF) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		round_of(argv[1]);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%lld\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
		fflush(stdout);
	}
	return 0;
}
