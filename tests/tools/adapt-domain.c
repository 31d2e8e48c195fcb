/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"

#include <stdlib.h>

/* adapt-domain LIBVIRT QEMU FILE: prints the domain of FILE, made fit for these versions (9000000,
 * 7002022). */
int
main (int argc, char **argv)
{
  BvAdaptTarget target;
  g_autoptr (GVirConfigDomain) domain = NULL;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  g_autofree char *adapted = NULL;

  if (argc != 4)
    return 2;
  target = (BvAdaptTarget){ strtoul (argv[1], NULL, 10), strtoul (argv[2], NULL, 10) };
  if (!g_file_get_contents (argv[3], &xml, NULL, &error))
    g_error ("%s", error->message);
  domain = gvir_config_domain_new_from_xml (xml, &error);
  if (domain == NULL)
    g_error ("%s: %s", argv[3], error->message);
  if (!bv_adapt_domain (domain, &target, &changes, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  for (guint i = 0; i < changes->len; i++)
    g_printerr ("%s\n", (char *)changes->pdata[i]);
  adapted = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  g_print ("%s", adapted);
  return 0;
}
