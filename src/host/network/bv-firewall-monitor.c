/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-firewall-monitor.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/network/bv-ruleset.h"
#include "model/bv-error.h"

#define BUFFER_BYTES 65536

struct _BvFirewallMonitor
{
  GObject parent_instance;

  int fd;
  guint source_id;
};

G_DEFINE_FINAL_TYPE (BvFirewallMonitor, bv_firewall_monitor, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_firewall_monitor_finalize (GObject *object)
{
  BvFirewallMonitor *self = BV_FIREWALL_MONITOR (object);

  g_clear_handle_id (&self->source_id, g_source_remove);
  if (self->fd >= 0)
    close (self->fd);
  G_OBJECT_CLASS (bv_firewall_monitor_parent_class)->finalize (object);
}

static void
bv_firewall_monitor_class_init (BvFirewallMonitorClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_firewall_monitor_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_FIREWALL_MONITOR, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
bv_firewall_monitor_init (BvFirewallMonitor *self)
{
  self->fd = -1;
}

/* The attribute 1 of tables, chains, rules, sets and elements alike is the table's name. */
static gboolean
names_table (const struct nlmsghdr *header)
{
  gsize offset = NLMSG_LENGTH (sizeof (struct nfgenmsg));
  const struct nlattr *attribute;
  const char *name;

  G_STATIC_ASSERT (NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1);
  if (NFNL_SUBSYS_ID (header->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
    return FALSE;
  while (offset + NLA_HDRLEN <= header->nlmsg_len)
    {
      attribute = (const struct nlattr *)((const guint8 *)header + offset);
      if (attribute->nla_len < NLA_HDRLEN || offset + attribute->nla_len > header->nlmsg_len)
        return FALSE;
      name = (const char *)attribute + NLA_HDRLEN;
      if ((attribute->nla_type & NLA_TYPE_MASK) == NFTA_TABLE_NAME)
        return attribute->nla_len == NLA_HDRLEN + sizeof BV_RULESET_TABLE &&
               memcmp (name, BV_RULESET_TABLE, sizeof BV_RULESET_TABLE) == 0;
      offset += NLA_ALIGN (attribute->nla_len);
    }
  return FALSE;
}

gboolean
bv_firewall_monitor_concerns (gconstpointer message, gsize length)
{
  const struct nlmsghdr *header = message;

  while (length >= sizeof *header && header->nlmsg_len >= sizeof *header &&
         header->nlmsg_len <= length)
    {
      gsize step = MIN (NLMSG_ALIGN (header->nlmsg_len), length);

      if (names_table (header))
        return TRUE;
      length -= step;
      header = (const struct nlmsghdr *)((const guint8 *)header + step);
    }
  return FALSE;
}

/* All that waits is read; what did not fit was lost, and may have been about us. */
static gboolean
bv_firewall_monitor_ready_cb (int fd, GIOCondition condition, gpointer user_data)
{
  BvFirewallMonitor *self = user_data;
  g_autofree guint8 *buffer = g_malloc (BUFFER_BYTES);
  gboolean concerns = FALSE;
  gssize length;

  while ((length = recv (fd, buffer, BUFFER_BYTES, MSG_DONTWAIT)) > 0 || errno == ENOBUFS)
    concerns |= length < 0 || bv_firewall_monitor_concerns (buffer, (gsize)length);
  if (concerns)
    g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_CONTINUE;
}

BvFirewallMonitor *
bv_firewall_monitor_new (GError **error)
{
  g_autoptr (BvFirewallMonitor) self = g_object_new (BV_TYPE_FIREWALL_MONITOR, NULL);
  struct sockaddr_nl address = { .nl_family = AF_NETLINK };
  int group = NFNLGRP_NFTABLES;

  self->fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
  if (self->fd < 0 || bind (self->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt (self->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED,
                   _ ("Changes of the packet filter cannot be watched: %s."), g_strerror (errno));
      return NULL;
    }
  self->source_id =
      g_unix_fd_add (self->fd, G_IO_IN | G_IO_ERR, bv_firewall_monitor_ready_cb, self);
  return g_steal_pointer (&self);
}
