/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-network-plan.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "host/network/bv-network-names.h"
#include "model/bv-error.h"

#define METADATA "barevirt:ranges xmlns:barevirt='https://barevirt.org/network/1'"
#define LONGEST_OPTION 255

void
bv_network_plan_free (BvNetworkPlan *self)
{
  g_free (self->name);
  g_free (self->bridge);
  g_free (self->hosts_file);
  g_clear_pointer (&self->options, g_ptr_array_unref);
  g_free (self);
}

/* As bytes in hexadecimal, which dnsmasq takes as they are: the text is the manifest's, and must be
 * neither a directive nor a guess at a number. A single byte it would read as a decimal number. */
static char *
encode_option (const char *text)
{
  GString *code = g_string_new (NULL);

  if (strlen (text) == 1)
    g_string_append_printf (code, "%u", (guint8)text[0]);
  else
    for (const char *p = text; *p != '\0'; p++)
      g_string_append_printf (code, "%s%02x", p == text ? "" : ":", (guint8)*p);
  return g_string_free (code, FALSE);
}

static gboolean
add_text_option (BvNetworkPlan *self, guint number, const char *text, GError **error)
{
  g_autofree char *code = NULL;

  if (text == NULL || text[0] == '\0')
    return TRUE;
  if (strlen (text) > LONGEST_OPTION)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The DHCP option %u is too long; it can hold %d bytes."), number,
                   LONGEST_OPTION);
      return FALSE;
    }
  code = encode_option (text);
  g_ptr_array_add (self->options, g_strdup_printf ("dhcp-option=%u,%s", number, code));
  return TRUE;
}

/* A name, which dnsmasq wants as it is. */
static gboolean
add_name_option (BvNetworkPlan *self, guint number, const char *text, GError **error)
{
  if (text == NULL || text[0] == '\0')
    return TRUE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-/:", *p) == NULL)
      {
        g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                     _ ("“%s” cannot be the DHCP option %u; use letters, digits and . _ - / :."),
                     text, number);
        return FALSE;
      }
  if (strlen (text) > LONGEST_OPTION)
    return add_text_option (self, number, text, error);
  g_ptr_array_add (self->options, g_strdup_printf ("dhcp-option=%u,\"%s\"", number, text));
  return TRUE;
}

static gboolean
add_time_servers (BvNetworkPlan *self, const BvApiDHCPOptions *options, GError **error)
{
  g_autoptr (GString) line = g_string_new ("dhcp-option=42");

  for (guint i = 0; i < options->n_ntp_servers; i++)
    {
      const char *server = options->ntp_servers[i];
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (server);

      if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV4)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("The time server “%s” is no IPv4 address."), server);
          return FALSE;
        }
      g_string_append_printf (line, ",%s", server);
    }
  if (options->n_ntp_servers > 0)
    g_ptr_array_add (self->options, g_strdup (line->str));
  return TRUE;
}

gboolean
bv_network_plan_add_dhcp_options (BvNetworkPlan *self, const BvApiDHCPOptions *options,
                                  GError **error)
{
  if (self->options == NULL)
    self->options = g_ptr_array_new_with_free_func (g_free);
  if (!add_name_option (self, 67, options->boot_file_name, error) ||
      !add_name_option (self, 66, options->tftp_server_name, error) ||
      !add_time_servers (self, options, error))
    return FALSE;
  for (guint i = 0; i < options->n_private_options; i++)
    if (!add_text_option (self, (guint)options->private_options[i]->option,
                          options->private_options[i]->value, error))
      return FALSE;
  return TRUE;
}

char *
bv_network_lease_to_xml (const BvNetworkLease *lease)
{
  return g_markup_printf_escaped ("<host mac='%s' ip='%s'/>", lease->mac, lease->address);
}

static void G_GNUC_PRINTF (2, 3) append (GString *xml, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_markup_vprintf_escaped (format, arguments);
  va_end (arguments);
  g_string_append (xml, text);
}

static void
append_ipv4 (GString *xml, const BvIpRange *range, GArray *leases)
{
  g_autofree char *gateway = bv_ip_range_get_address (range, 1);

  append (xml, "<ip address='%s' prefix='%u'><dhcp>", gateway, range->length);
  for (guint i = 0; i < leases->len; i++)
    {
      g_autofree char *host = bv_network_lease_to_xml (&g_array_index (leases, BvNetworkLease, i));

      g_string_append (xml, host);
    }
  g_string_append (xml, "</dhcp></ip>");
}

/* Who gets which address is in the file of hosts: libvirt knows a DHCPv6 client by its DUID only.
 */
static void
append_ipv6 (GString *xml, const BvIpRange *range)
{
  guint64 last = MIN (bv_ip_range_count (range) - 1, G_MAXUINT16);
  g_autofree char *gateway = bv_ip_range_get_address (range, 1);
  g_autofree char *start = bv_ip_range_get_address (range, 2);
  g_autofree char *end = bv_ip_range_get_address (range, last);

  append (xml,
          "<ip family='ipv6' address='%s' prefix='%u'><dhcp><range start='%s' end='%s'/></dhcp>"
          "</ip>",
          gateway, range->length, start, end);
}

static void
append_addresses (GString *xml, const BvNetworkPlan *self, GArray *leases)
{
  append_ipv4 (xml, &self->ipv4, leases);
  if (self->ipv6.family != 0)
    append_ipv6 (xml, &self->ipv6);
  g_string_append (xml, "<dnsmasq:options><dnsmasq:option value='no-ping'/>");
  append (xml, "<dnsmasq:option value='dhcp-hostsfile=%s'/>", self->hosts_file);
  for (guint i = 0; self->options != NULL && i < self->options->len; i++)
    append (xml, "<dnsmasq:option value='%s'/>", (const char *)self->options->pdata[i]);
  g_string_append (xml, "</dnsmasq:options>");
}

/* The ports are kept apart, so that guests reach each other by the host, which filters. */
char *
bv_network_plan_to_xml (const BvNetworkPlan *self, GArray *leases)
{
  GString *xml =
      g_string_new ("<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>");
  g_autofree char *uuid = bv_network_names_make_uuid (self->name);

  append (xml, "<name>%s</name><uuid>%s</uuid>", self->name, uuid);
  if (self->addressed)
    {
      g_autofree char *ipv4 = bv_ip_range_to_string (&self->ipv4);
      g_autofree char *ipv6 = self->ipv6.family != 0 ? bv_ip_range_to_string (&self->ipv6) : NULL;

      append (xml, "<metadata><" METADATA " ipv4='%s' ipv6='%s'/></metadata>", ipv4,
              ipv6 != NULL ? ipv6 : "");
    }
  /* Without addresses there is nothing to forward to, and libvirt would refuse to. */
  if (self->addressed)
    g_string_append (xml, "<forward mode='open'/>");
  append (xml, "<bridge name='%s' stp='off' delay='0'/>", self->bridge);
  if (self->mtu > 0)
    append (xml, "<mtu size='%u'/>", self->mtu);
  if (self->addressed)
    {
      g_string_append (xml, "<port isolated='yes'/>");
      append_addresses (xml, self, leases);
    }
  g_string_append (xml, "</network>");
  return g_string_free (xml, FALSE);
}

static gboolean
read_range (const char *element, const char *name, BvIpRange *range)
{
  g_autofree char *start = g_strconcat (" ", name, "=", NULL);
  const char *found = strstr (element, start);
  g_autofree char *text = NULL;
  const char *end;

  if (found == NULL)
    return FALSE;
  found += strlen (start);
  end = strchr (found + 1, *found);
  if (end == NULL)
    return FALSE;
  text = g_strndup (found + 1, end - found - 1);
  return bv_ip_range_parse (text, range);
}

gboolean
bv_network_plan_read_ranges (const char *xml, BvIpRange *ipv4, BvIpRange *ipv6)
{
  const char *element = strstr (xml, "<barevirt:ranges ");

  if (element == NULL || !read_range (element, "ipv4", ipv4))
    return FALSE;
  if (!read_range (element, "ipv6", ipv6))
    ipv6->family = 0;
  return TRUE;
}
