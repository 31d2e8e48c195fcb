/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bv-hotplug-ports.h"

#include <string.h>

/* A domain with N_USED ports that have a device each, N_FREE that have none, and so much memory. */
static char *
make_domain (guint n_used, guint n_free, const char *memory)
{
  GString *xml = g_string_new (NULL);

  g_string_printf (xml, "<domain><memory unit='KiB'>%s</memory><devices>", memory);
  g_string_append (xml, "<controller type='pci' index='0' model='pcie-root'/>");
  for (guint i = 1; i <= n_used + n_free; i++)
    g_string_append_printf (xml,
                            "<controller type='pci' index='%u' model='pcie-root-port'>"
                            "<address type='pci' domain='0x0000' bus='0x00' slot='0x01' "
                            "function='0x0'/></controller>",
                            i);
  for (guint i = 1; i <= n_used; i++)
    g_string_append_printf (
        xml, "<disk><address type='pci' domain='0x0000' bus='0x%02x' slot='0x00'/></disk>", i);
  g_string_append (xml, "</devices></domain>");
  return g_string_free (xml, FALSE);
}

static guint
count_ports (const char *xml)
{
  guint n = 0;

  for (const char *at = xml; (at = strstr (at, "pcie-root-port")) != NULL; at++)
    n++;
  return n;
}

static const struct
{
  guint n_used;
  guint n_free;
  const char *memory;
  guint expected; /* ports in all; 0: nothing is changed */
} rows[] = {
  { 3, 0, "131072", 8 },    { 3, 1, "131072", 8 },   { 3, 5, "131072", 0 },
  { 7, 0, "131072", 10 },   { 20, 0, "131072", 23 }, { 3, 0, "4194304", 16 },
  { 12, 0, "4194304", 18 }, { 30, 0, "131072", 31 }, /* the root bus is full */
  { 31, 0, "131072", 0 },   { 0, 4, "131072", 0 },   /* all devices are on the root bus */
};

static void
test_count (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *xml = make_domain (rows[i].n_used, rows[i].n_free, rows[i].memory);
      g_autofree char *extended = bv_hotplug_ports_add (xml);

      if (rows[i].expected == 0)
        g_assert_null (extended);
      else
        g_assert_cmpuint (count_ports (extended), ==, rows[i].expected);
    }
}

static void
test_new_ports_follow (void)
{
  g_autofree char *xml = make_domain (3, 0, "131072");
  g_autofree char *extended = bv_hotplug_ports_add (xml);

  g_assert_nonnull (strstr (extended, "index=\"4\" model=\"pcie-root-port\""));
  g_assert_nonnull (strstr (extended, "index=\"8\" model=\"pcie-root-port\""));
  g_assert_null (strstr (extended, "index=\"9\""));
}

static void
test_other_machines (void)
{
  g_assert_null (bv_hotplug_ports_add ("<domain type='test'><devices/></domain>"));
  g_assert_null (bv_hotplug_ports_add ("<domain type='test'/>"));
  g_assert_null (bv_hotplug_ports_add ("<domain"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hotplug-ports/count", test_count);
  g_test_add_func ("/hotplug-ports/new-ports-follow", test_new_ports_follow);
  g_test_add_func ("/hotplug-ports/other-machines", test_other_machines);
  return g_test_run ();
}
