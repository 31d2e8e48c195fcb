/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <glib.h>

G_BEGIN_DECLS

/* A request to the kernel about network devices: a header, what its type has next, attributes. */
typedef struct
{
  struct nlmsghdr header;
  guint8 rest[512];
} BvNetlinkRequest;

void bv_netlink_request_init (BvNetlinkRequest *self, gushort type, gushort flags,
                              gconstpointer next, gsize size);
void bv_netlink_request_add (BvNetlinkRequest *self, gushort type, gconstpointer data, gsize size);

/* An attribute that has others, until it is ended. */
struct rtattr *bv_netlink_request_begin (BvNetlinkRequest *self, gushort type);
void bv_netlink_request_end (BvNetlinkRequest *self, struct rtattr *attribute);

/* 0, or the number of an error. */
int bv_netlink_request_run (const BvNetlinkRequest *self);

/* 0 where there is no such device. */
guint bv_netlink_find_device (const char *name);

G_END_DECLS
