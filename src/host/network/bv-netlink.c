/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
append (BvNetlinkRequest *self, gconstpointer data, gsize size)
{
  g_return_if_fail (self->header.nlmsg_len + size <= sizeof *self);

  memcpy ((guint8 *)self + self->header.nlmsg_len, data, size);
  self->header.nlmsg_len += size;
}

void
bv_netlink_request_init (BvNetlinkRequest *self, gushort type, gushort flags, gconstpointer next,
                         gsize size)
{
  memset (self, 0, sizeof *self);
  self->header.nlmsg_len = NLMSG_HDRLEN;
  self->header.nlmsg_type = type;
  self->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  append (self, next, size);
}

struct rtattr *
bv_netlink_request_begin (BvNetlinkRequest *self, gushort type)
{
  const struct rtattr header = { RTA_LENGTH (0), type };
  struct rtattr *attribute;

  self->header.nlmsg_len = NLMSG_ALIGN (self->header.nlmsg_len);
  attribute = (struct rtattr *)((guint8 *)self + self->header.nlmsg_len);
  append (self, &header, sizeof header);
  return attribute;
}

void
bv_netlink_request_end (BvNetlinkRequest *self, struct rtattr *attribute)
{
  guint8 *last = (guint8 *)self + self->header.nlmsg_len;

  attribute->rta_len = (gushort)(last - (guint8 *)attribute);
}

void
bv_netlink_request_add (BvNetlinkRequest *self, gushort type, gconstpointer data, gsize size)
{
  struct rtattr *attribute = bv_netlink_request_begin (self, type);

  append (self, data, size);
  bv_netlink_request_end (self, attribute);
}

int
bv_netlink_request_run (const BvNetlinkRequest *self)
{
  struct
  {
    struct nlmsghdr header;
    struct nlmsgerr error;
    guint8 rest[1024];
  } reply;
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  int result = 0;

  if (fd < 0)
    return errno;
  if (send (fd, self, self->header.nlmsg_len, 0) < 0 ||
      recv (fd, &reply, sizeof reply, 0) < (gssize)NLMSG_LENGTH (sizeof reply.error))
    result = errno != 0 ? errno : EIO;
  else if (reply.header.nlmsg_type == NLMSG_ERROR)
    result = -reply.error.error;
  close (fd);
  return result;
}

guint
bv_netlink_find_device (const char *name)
{
  g_autofree char *path = g_build_filename ("/sys/class/net", name, "ifindex", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (guint)g_ascii_strtoull (text, NULL, 10)
                                                       : 0;
}
