/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-ruleset.h"

#include "network/bv-publication.h"

/* All that is written into the JSON is made by us, or has been parsed: names of devices, addresses,
 * numbers. Nothing needs quoting. */

#define PAYLOAD(protocol, field)                                                                   \
  "{\"payload\":{\"protocol\":\"" protocol "\",\"field\":\"" field "\"}}"
#define MATCH(op, left, right)                                                                     \
  "{\"match\":{\"op\":\"" op "\",\"left\":" left ",\"right\":" right "}}"
#define META(key) "{\"meta\":{\"key\":\"" key "\"}}"
#define CT(key) "{\"ct\":{\"key\":\"" key "\"}}"
#define TO(device) MATCH ("==", META ("oifname"), device)
#define FROM(device) MATCH ("==", META ("iifname"), device)
#define ANSWERS MATCH ("in", CT ("state"), "[\"established\",\"related\"]")
#define PUBLISHED MATCH ("in", CT ("status"), "\"dnat\"")
#define PREFIX "{\"prefix\":{\"addr\":\"%s\",\"len\":%u}}"
#define LOOPBACK "{\"prefix\":{\"addr\":\"127.0.0.0\",\"len\":8}}"
#define ACCEPT "{\"accept\":null}"
#define DROP "{\"drop\":null}"
#define REJECT "{\"reject\":{\"type\":\"icmpx\",\"expr\":\"port-unreachable\"}}"
#define MASQUERADE "{\"masquerade\":null}"
#define GOTO(chain) "{\"goto\":{\"target\":\"" chain "\"}}"

typedef struct
{
  GPtrArray *networks;
  GPtrArray *guests;
  GString *text;
} Writer;

void
bv_ruleset_network_free (BvRulesetNetwork *self)
{
  g_free (self->bridge);
  g_free (self);
}

void
bv_ruleset_guest_free (BvRulesetGuest *self)
{
  g_free (self->tap);
  g_free (self->mac);
  g_free (self->ipv4);
  g_free (self->ipv6);
  g_clear_pointer (&self->ports, g_array_unref);
  g_clear_pointer (&self->publications, g_array_unref);
  g_free (self);
}

static void
add (Writer *self, const char *command, const char *what, const char *members)
{
  if (self->text->str[self->text->len - 1] == '}')
    g_string_append (self->text, ",\n");
  g_string_append_printf (self->text, "{\"%s\":{\"%s\":{%s}}}", command, what, members);
}

static void
add_table (Writer *self, const char *command, const char *family)
{
  g_autofree char *members =
      g_strdup_printf ("\"family\":\"%s\",\"name\":\"" BV_RULESET_TABLE "\"", family);

  add (self, command, "table", members);
}

static void
add_chain (Writer *self, const char *family, const char *name, const char *more)
{
  g_autofree char *members = g_strdup_printf (
      "\"family\":\"%s\",\"table\":\"" BV_RULESET_TABLE "\",\"name\":\"%s\"%s", family, name, more);

  add (self, "add", "chain", members);
}

static void G_GNUC_PRINTF (4, 5)
    add_rule (Writer *self, const char *family, const char *chain, const char *format, ...)
{
  g_autofree char *expressions = NULL;
  g_autofree char *members = NULL;
  va_list arguments;

  va_start (arguments, format);
  expressions = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  members = g_strdup_printf ("\"family\":\"%s\",\"table\":\"" BV_RULESET_TABLE
                             "\",\"chain\":\"%s\",\"expr\":[%s]",
                             family, chain, expressions);
  add (self, "add", "rule", members);
}

static const struct
{
  const char *family;
  const char *name;
  const char *more;
} hooks[] = {
  { "inet", "published",
    ",\"type\":\"nat\",\"hook\":\"prerouting\",\"prio\":-100,\"policy\":\"accept\"" },
  { "inet", "published-here",
    ",\"type\":\"nat\",\"hook\":\"output\",\"prio\":-100,\"policy\":\"accept\"" },
  { "inet", "outward",
    ",\"type\":\"nat\",\"hook\":\"postrouting\",\"prio\":100,\"policy\":\"accept\"" },
  { "inet", "loopback",
    ",\"type\":\"filter\",\"hook\":\"prerouting\",\"prio\":-300,\"policy\":\"accept\"" },
  { "inet", "forwarded",
    ",\"type\":\"filter\",\"hook\":\"forward\",\"prio\":0,\"policy\":\"accept\"" },
  { "inet", "from-here",
    ",\"type\":\"filter\",\"hook\":\"output\",\"prio\":0,\"policy\":\"accept\"" },
  { "inet", "guests", "" },
  { "bridge", "senders",
    ",\"type\":\"filter\",\"hook\":\"prerouting\",\"prio\":-300,\"policy\":\"accept\"" },
};

/* Whose replies come back by themselves. What the loopback sends must have an address that the
 * guest can answer, and so must a guest that reaches another by a published port. */
static void
add_nat_of_range (Writer *self, const char *bridge, const char *protocol, const BvIpRange *range)
{
  g_autofree char *first = bv_ip_range_get_address (range, 0);

  add_rule (self, "inet", "outward",
            MATCH ("!=", META ("oifname"), "\"%s\"") ","
                                                     "{\"match\":{\"op\":\"==\",\"left\":{"
                                                     "\"payload\":{\"protocol\":\"%s\",\"field\":"
                                                     "\"saddr\"}},\"right\":" PREFIX
                                                     "}}," MASQUERADE,
            bridge, protocol, first, range->length);
  add_rule (self, "inet", "outward",
            TO ("\"%s\"") ","
                          "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"%s\","
                          "\"field\":"
                          "\"saddr\"}},\"right\":" PREFIX "}}," PUBLISHED "," MASQUERADE,
            bridge, protocol, first, range->length);
}

static void
add_network (Writer *self, const BvRulesetNetwork *network)
{
  const char *bridge = network->bridge;

  add_nat_of_range (self, bridge, "ip", &network->ipv4);
  add_rule (self, "inet", "outward",
            TO ("\"%s\"") "," MATCH ("==", PAYLOAD ("ip", "saddr"), LOOPBACK) "," MASQUERADE,
            bridge);
  if (network->ipv6.family != 0)
    add_nat_of_range (self, bridge, "ip6", &network->ipv6);
  add_rule (self, "inet", "loopback",
            FROM ("\"%s\"") "," MATCH ("==", PAYLOAD ("ip", "daddr"), LOOPBACK) "," DROP, bridge);
}

/* From the outside only published ports; from other guests and from the host what `ports` says. */
static void
add_filter (Writer *self)
{
  g_autoptr (GString) bridges = g_string_new ("{\"set\":[");
  static const char *const chains[] = { "forwarded", "from-here" };

  for (guint i = 0; i < self->networks->len; i++)
    {
      const BvRulesetNetwork *network = g_ptr_array_index (self->networks, i);

      g_string_append_printf (bridges, "%s\"%s\"", i > 0 ? "," : "", network->bridge);
    }
  g_string_append (bridges, "]}");
  for (gsize i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      add_rule (self, "inet", chains[i], ANSWERS "," ACCEPT);
      add_rule (self, "inet", chains[i], TO ("%s") "," PUBLISHED "," ACCEPT, bridges->str);
    }
  add_rule (self, "inet", "forwarded", FROM ("%s") "," TO ("%s") "," GOTO ("guests"), bridges->str,
            bridges->str);
  add_rule (self, "inet", "forwarded", TO ("%s") "," REJECT, bridges->str);
  /* Whose target is on the same bridge, but cannot be reached there. */
  add_rule (self, "inet", "from-here",
            TO ("%s") "," MATCH ("==", PAYLOAD ("icmpv6", "type"), "\"nd-redirect\"") "," DROP,
            bridges->str);
  /* Leases. */
  add_rule (self, "inet", "from-here",
            MATCH ("==", PAYLOAD ("udp", "sport"), "{\"set\":[67,547]}") "," ACCEPT);
  add_rule (self, "inet", "from-here", TO ("%s") "," GOTO ("guests"), bridges->str);
  /* Echoes, errors, and what finds neighbours. */
  add_rule (self, "inet", "guests",
            MATCH ("==", META ("l4proto"), "{\"set\":[\"icmp\",\"ipv6-icmp\"]}") "," ACCEPT);
}

static void
add_ports (Writer *self, const BvRulesetGuest *guest)
{
  g_autofree char *chain = g_strconcat ("to-", guest->tap, NULL);
  const struct
  {
    const char *protocol;
    const char *address;
  } families[] = { { "ip", guest->ipv4 }, { "ip6", guest->ipv6 } };

  add_chain (self, "inet", chain, "");
  for (guint i = 0; i < guest->ports->len; i++)
    {
      const BvRulesetPorts *ports = &g_array_index (guest->ports, BvRulesetPorts, i);

      add_rule (self, "inet", chain,
                MATCH ("==", "{\"payload\":{\"protocol\":\"%s\",\"field\":\"dport\"}}",
                       "{\"range\":[%u,%u]}") "," ACCEPT,
                ports->protocol, ports->first, ports->last);
    }
  add_rule (self, "inet", chain, REJECT);
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (families[i].address != NULL)
      add_rule (self, "inet", "guests",
                MATCH ("==", "{\"payload\":{\"protocol\":\"%s\",\"field\":\"daddr\"}}",
                       "\"%s\"") "," GOTO ("%s"),
                families[i].protocol, families[i].address, chain);
}

static void
add_publication (Writer *self, const char *chain, const BvPublication *publication,
                 const char *family, const char *address)
{
  gboolean ipv4 = g_str_equal (family, "ip");

  /* ::1 cannot be a source on another link; who tries it goes on to 127.0.0.1. */
  add_rule (
      self, "inet", chain,
      MATCH ("==", META ("nfproto"), "\"%s\"") "%s," MATCH (
          "==", "{\"fib\":{\"result\":\"type\",\"flags\":[\"daddr\"]}}",
          "\"local\"") "," MATCH ("==", "{\"payload\":{\"protocol\":\"%s\",\"field\":\"dport\"}}",
                                  "%u") ","
                                        "{\"dnat\":{\"family\":\"%s\",\"addr\":\"%s\",\"port\":%u}"
                                        "}",
      ipv4 ? "ipv4" : "ipv6", ipv4 ? "" : "," MATCH ("!=", PAYLOAD ("ip6", "daddr"), "\"::1\""),
      publication->protocol, publication->host_port, family, address, publication->guest_port);
}

static void
add_publications (Writer *self, const BvRulesetGuest *guest)
{
  static const char *const chains[] = { "published", "published-here" };

  for (guint i = 0; i < guest->publications->len; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (chains); j++)
      {
        const BvPublication *publication = &g_array_index (guest->publications, BvPublication, i);

        if (guest->ipv4 != NULL)
          add_publication (self, chains[j], publication, "ip", guest->ipv4);
        if (guest->ipv6 != NULL)
          add_publication (self, chains[j], publication, "ip6", guest->ipv6);
      }
}

/* Before the bridge learns from what a guest sends. */
static void
add_sender (Writer *self, const BvRulesetGuest *guest)
{
  g_autofree char *chain = g_strconcat ("from-", guest->tap, NULL);

  add_chain (self, "bridge", chain, "");
  add_rule (self, "bridge", chain, MATCH ("!=", PAYLOAD ("ether", "saddr"), "\"%s\"") "," DROP,
            guest->mac);
  if (guest->ipv4 != NULL)
    {
      add_rule (self, "bridge", chain,
                MATCH ("!=", PAYLOAD ("ip", "saddr"), "{\"set\":[\"0.0.0.0\",\"%s\"]}") "," DROP,
                guest->ipv4);
      add_rule (
          self, "bridge", chain,
          MATCH ("!=", PAYLOAD ("arp", "saddr ip"), "{\"set\":[\"0.0.0.0\",\"%s\"]}") "," DROP,
          guest->ipv4);
      add_rule (
          self, "bridge", chain,
          MATCH ("!=", PAYLOAD ("ip6", "saddr"),
                 "{\"set\":[\"::\",{\"prefix\":{\"addr\":\"fe80::\",\"len\":10}}%s%s%s]}") "," DROP,
          guest->ipv6 != NULL ? ",\"" : "", guest->ipv6 != NULL ? guest->ipv6 : "",
          guest->ipv6 != NULL ? "\"" : "");
    }
  /* Who asks whether its own address is taken would get the host's answer to others. */
  if (guest->ipv6 != NULL)
    add_rule (self, "bridge", chain,
              MATCH ("==", PAYLOAD ("ip6", "saddr"), "\"::\"") "," MATCH (
                  "==", PAYLOAD ("icmpv6", "type"), "\"nd-neighbor-solicit\"") "," DROP);
  add_rule (self, "bridge", "senders", FROM ("\"%s\"") "," GOTO ("%s"), guest->tap, chain);
}

static void
add_tables (Writer *self)
{
  add_table (self, "add", "inet");
  add_table (self, "add", "bridge");
  for (gsize i = 0; i < G_N_ELEMENTS (hooks); i++)
    add_chain (self, hooks[i].family, hooks[i].name, hooks[i].more);
  if (self->networks->len > 0)
    add_filter (self);
  for (guint i = 0; i < self->networks->len; i++)
    add_network (self, g_ptr_array_index (self->networks, i));
  for (guint i = 0; i < self->guests->len; i++)
    {
      const BvRulesetGuest *guest = g_ptr_array_index (self->guests, i);

      if (guest->ports != NULL)
        add_ports (self, guest);
      if (guest->publications != NULL)
        add_publications (self, guest);
      add_sender (self, guest);
    }
}

char *
bv_ruleset_to_json (GPtrArray *networks, GPtrArray *guests)
{
  static const char *const families[] = { "inet", "bridge" };
  Writer writer = { networks, guests, g_string_new ("{\"nftables\":[\n") };

  /* What is not there cannot be deleted. */
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    {
      add_table (&writer, "add", families[i]);
      add_table (&writer, "delete", families[i]);
    }
  if (guests->len > 0)
    add_tables (&writer);
  g_string_append (writer.text, "\n]}");
  return g_string_free (writer.text, FALSE);
}
