#include "queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Room for bursts while the process is not scheduled; the kernel drops what does not fit. */
static const int receive_buffer = 64 << 20;

/* The kernel's own bound on packets held by one queue. 65536 full-size packets are 300 ms at 2.6 Gbit/s;
 * the link's queue limit is far below it. */
static const uint32_t kernel_queue_length = 65536;

/* The payload is mostly not looked at: its length is all that counts, and that is an attribute of its own. */
static const uint32_t copied_bytes = 20;
static const uint32_t whole_packet = 0xffff;

/* The length netem and HTB count includes the Ethernet header. */
static const uint32_t link_header_bytes = 14;
static const uint32_t mtu = 1500;
static const uint32_t ip_tcp_header_bytes = 52;

/* Bounds the time between looks at the clock under a flood. */
static const int receive_batch = 64;

static struct nlmsghdr *put_header(char *buffer, uint16_t queue, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *family;

	header->nlmsg_type = (NFNL_SUBSYS_QUEUE << 8) | type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	family = mnl_nlmsg_put_extra_header(header, sizeof(*family));
	family->nfgen_family = AF_UNSPEC;
	family->version = NFNETLINK_V0;
	family->res_id = htons(queue);
	return header;
}

bool queue_socket_open(struct queue_socket *queue_socket, queue_packet on_packet, void *context)
{
	const int on = 1;

	memset(queue_socket, 0, sizeof(*queue_socket));
	queue_socket->on_packet = on_packet;
	queue_socket->context = context;
	queue_socket->netlink = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!queue_socket->netlink || mnl_socket_bind(queue_socket->netlink, 0, MNL_SOCKET_AUTOPID) < 0)
		return false;
	queue_socket->fd = mnl_socket_get_fd(queue_socket->netlink);
	/* A full receive buffer drops packets; it need not also fail the next receive. */
	if (setsockopt(queue_socket->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on)) < 0)
		return false;
	return setsockopt(queue_socket->fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer,
			  sizeof(receive_buffer)) == 0;
}

/* Frames that a packet is on the wire, which a segmentation-offload packet is cut into. */
static uint32_t wire_frames(uint32_t length)
{
	if (length <= mtu)
		return 1;
	return (length - ip_tcp_header_bytes + mtu - ip_tcp_header_bytes - 1) / (mtu - ip_tcp_header_bytes);
}

/* Bytes on the wire. A segmentation-offload packet has its headers once, on the wire each frame has. */
static uint32_t wire_bytes(uint32_t length, uint32_t frames)
{
	return length + frames * link_header_bytes + (frames - 1) * ip_tcp_header_bytes;
}

static void handle_packet(struct queue_socket *queue_socket, const struct nlmsghdr *header)
{
	const struct nfgenmsg *family = mnl_nlmsg_get_payload(header);
	const struct nfqnl_msg_packet_hdr *packet = NULL;
	const struct nlattr *attribute;
	const uint8_t *data = NULL;
	uint32_t length = 0;
	uint32_t copied = 0;

	mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attribute)) {
		case NFQA_PACKET_HDR:
			packet = mnl_attr_get_payload(attribute);
			break;
		case NFQA_CAP_LEN: /* only there when the copy is shorter than the packet */
			length = ntohl(mnl_attr_get_u32(attribute));
			break;
		case NFQA_PAYLOAD:
			copied = mnl_attr_get_payload_len(attribute);
			data = mnl_attr_get_payload(attribute);
			break;
		default:
			break;
		}
	}
	if (packet) {
		const uint32_t whole = length ? length : copied;
		const uint32_t frames = wire_frames(whole);
		const struct packet arrived = { .id = ntohl(packet->packet_id),
						.bytes = wire_bytes(whole, frames),
						.frames = frames,
						/* A cut packet is no content to send on. */
						.data = length ? NULL : data,
						.length = copied };

		queue_socket->on_packet(ntohs(family->res_id), &arrived, queue_socket->context);
	}
}

/* Reads one datagram. Returns -1 when none is there, else 1 if it held the answer to `sequence`, whose
 * error (0: done) is then in *error, else 0. */
static int receive_one(struct queue_socket *queue_socket, int flags, uint32_t sequence, int *error)
{
	static char buffer[1 << 16];
	int length = (int)recv(queue_socket->fd, buffer, sizeof(buffer), flags);
	int answered = 0;

	if (length < 0)
		return -1;
	for (const struct nlmsghdr *header = (const struct nlmsghdr *)buffer; mnl_nlmsg_ok(header, length);
	     header = mnl_nlmsg_next(header, &length)) {
		if (header->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *answer = mnl_nlmsg_get_payload(header);

			if (sequence && header->nlmsg_seq == sequence) {
				*error = -answer->error;
				answered = 1;
			} else if (answer->error) {
				queue_socket->refused++;
			}
		} else if (header->nlmsg_type == ((NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_PACKET)) {
			handle_packet(queue_socket, header);
		}
	}
	return answered;
}

/* Sends a configuration message and waits for its answer; packets that come in between are handled. */
static bool configure(struct queue_socket *queue_socket, struct nlmsghdr *header)
{
	int answered;
	int error = 0;

	header->nlmsg_seq = ++queue_socket->sequence;
	if (mnl_socket_sendto(queue_socket->netlink, header, header->nlmsg_len) < 0)
		return false;
	do {
		answered = receive_one(queue_socket, 0, header->nlmsg_seq, &error);
		if (answered < 0 && errno != EINTR)
			return false;
	} while (answered != 1);
	errno = error;
	return error == 0;
}

static bool command(struct queue_socket *queue_socket, uint16_t queue, uint8_t what)
{
	char buffer[256];
	const struct nfqnl_msg_config_cmd payload = { .command = what, .pf = htons(AF_INET) };
	struct nlmsghdr *header = put_header(buffer, queue, NFQNL_MSG_CONFIG, NLM_F_ACK);

	mnl_attr_put(header, NFQA_CFG_CMD, sizeof(payload), &payload);
	return configure(queue_socket, header);
}

bool queue_configure(struct queue_socket *queue_socket, uint16_t queue, struct queue_settings settings)
{
	char buffer[256];
	const struct nfqnl_msg_config_params parameters = {
		.copy_range = htonl(settings.contents ? whole_packet : copied_bytes),
		.copy_mode = NFQNL_COPY_PACKET,
	};
	struct nlmsghdr *header = put_header(buffer, queue, NFQNL_MSG_CONFIG, NLM_F_ACK);

	mnl_attr_put(header, NFQA_CFG_PARAMS, sizeof(parameters), &parameters);
	mnl_attr_put_u32(header, NFQA_CFG_FLAGS, htonl(settings.large ? NFQA_CFG_F_GSO : 0));
	mnl_attr_put_u32(header, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	return configure(queue_socket, header);
}

bool queue_bind(struct queue_socket *queue_socket, uint16_t queue, struct queue_settings settings)
{
	char buffer[256];
	struct nlmsghdr *header;

	if (!command(queue_socket, queue, NFQNL_CFG_CMD_BIND))
		return false;
	header = put_header(buffer, queue, NFQNL_MSG_CONFIG, NLM_F_ACK);
	mnl_attr_put_u32(header, NFQA_CFG_QUEUE_MAXLEN, htonl(kernel_queue_length));
	if (!configure(queue_socket, header))
		return false;
	return queue_configure(queue_socket, queue, settings);
}

bool queue_unbind(struct queue_socket *queue_socket, uint16_t queue)
{
	return command(queue_socket, queue, NFQNL_CFG_CMD_UNBIND);
}

void queue_receive(struct queue_socket *queue_socket)
{
	int error = 0;

	for (int i = 0; i < receive_batch; i++)
		if (receive_one(queue_socket, MSG_DONTWAIT, 0, &error) < 0)
			return;
}

void queue_flush(struct queue_socket *queue_socket)
{
	if (!queue_socket->pending)
		return;
	if (mnl_socket_sendto(queue_socket->netlink, queue_socket->verdicts, queue_socket->pending) < 0)
		queue_socket->refused++;
	queue_socket->pending = 0;
}

static struct nlmsghdr *begin_verdict(struct queue_socket *queue_socket, uint16_t queue, uint16_t type, uint32_t id,
				      uint32_t what, size_t more)
{
	const struct nfqnl_msg_verdict_hdr verdict = { .verdict = htonl(what), .id = htonl(id) };
	struct nlmsghdr *header;

	if (queue_socket->pending + more + 128 > sizeof(queue_socket->verdicts))
		queue_flush(queue_socket);
	header = put_header(queue_socket->verdicts + queue_socket->pending, queue, type, 0);
	mnl_attr_put(header, NFQA_VERDICT_HDR, sizeof(verdict), &verdict);
	return header;
}

static void put_verdict(struct queue_socket *queue_socket, uint16_t queue, uint16_t type, uint32_t id, uint32_t what)
{
	queue_socket->pending += begin_verdict(queue_socket, queue, type, id, what, 0)->nlmsg_len;
}

void queue_drop(struct queue_socket *queue_socket, uint16_t queue, uint32_t id)
{
	put_verdict(queue_socket, queue, NFQNL_MSG_VERDICT, id, NF_DROP);
}

void queue_pass(struct queue_socket *queue_socket, uint16_t queue, uint32_t id)
{
	put_verdict(queue_socket, queue, NFQNL_MSG_VERDICT, id, NF_ACCEPT);
}

void queue_pass_changed(struct queue_socket *queue_socket, uint16_t queue, uint32_t id, const uint8_t *data,
			uint32_t length)
{
	struct nlmsghdr *header =
		begin_verdict(queue_socket, queue, NFQNL_MSG_VERDICT, id, NF_ACCEPT, MNL_ALIGN(length));

	mnl_attr_put(header, NFQA_PAYLOAD, length, data);
	queue_socket->pending += MNL_ALIGN(header->nlmsg_len);
}

void queue_pass_through(struct queue_socket *queue_socket, uint16_t queue, uint32_t last_id)
{
	/* Packets of a queue keep their order but for single ones that are gone already, so one verdict for "up
	 * to this one" releases all that are due. */
	put_verdict(queue_socket, queue, NFQNL_MSG_VERDICT_BATCH, last_id, NF_ACCEPT);
}
